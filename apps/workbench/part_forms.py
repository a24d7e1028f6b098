"""The form of a part of an app file, made of the model that the part is checked by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from apps.core.errors import Text
from apps.workbench import editing_words, part_fields
from apps.workbench.step_kinds import KINDS
from domain.workflows import checking, outline
from domain.workflows.app_file import AppFile, Output
from domain.workflows.outline import HEAD

# Said otherwise than in the fields of a form: the name and kind of a part, and the steps of a loop, which are parts.
NO_FIELDS = {"id", "kind", "type", "steps"}
HEAD_FIELDS = ("title", "description")
# Of the form itself.
OWN_FIELDS = ("seen", "name_in_file")


def models(section: str, *, is_inside: bool = False) -> Mapping[str, type[BaseModel]]:
    """What a section may hold, by its kind or type; an output is of one kind alone."""
    if section == "inputs":
        return {str(port.model_fields["type"].default): port for port in checking.INPUTS}
    if section == "steps":
        return outline.step_models(is_inside=is_inside)
    return {"": Output if section == "outputs" else AppFile}


def kind_words(section: str, kind: str) -> tuple[Text, str, Text]:
    """Label, icon and hint."""
    if section == "steps":
        known = KINDS.get(kind)
        words = (known.label, known.icon) if known else (kind, "star")
        return *words, editing_words.KIND_HINTS.get(kind, "")
    return editing_words.TYPES.get(kind, kind), "edit", ""


class PartForm(forms.Form):
    """`value`: the part as it stands in the file; None for a new one, which may be named.

    `seen`: fingerprint of the text that the page was made of.
    """

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    name_in_file = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,39}$",
        required=False,
        label=_("Name in the file"),
        help_text=_("Small letters, digits and “_”. Left empty, it is made of the title."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        section: str,
        model: type[BaseModel],
        value: Mapping[str, Any] | None,
        names: Sequence[Mapping[str, Any]],
        inner_names: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        if value is not None:
            del self.fields["name_in_file"]
        self.model, self.value = model, value or {}
        self.unshown: list[Text] = []
        for name, info in model.model_fields.items():
            if name in NO_FIELDS or (section == HEAD and name not in HEAD_FIELDS):
                continue
            offered = inner_names if name == "collect" else names
            field: Any = part_fields.field_for(name, info.annotation, offered)
            written = self.value.get(name)
            if field and (written is None or field.shows(written)):
                self._add(name, field, is_required=info.is_required())
            elif name in self.value or info.is_required():
                self.unshown.append(editing_words.label(name))
        first = next((name for name in self.fields if name not in OWN_FIELDS), "name_in_file")
        self.fields[first].widget.attrs["autofocus"] = True

    def _add(self, name: str, field: Any, *, is_required: bool) -> None:
        field.label, field.help_text = editing_words.label(name), editing_words.hint(name)
        # A row that is missing is told by the check, when the whole is saved.
        field.required = is_required and not isinstance(field, forms.BooleanField | part_fields.RowsField)
        default = self.model.model_fields[name].get_default()
        is_plain = isinstance(default, str | int | float)
        written = self.value.get(name, default if is_plain else None)
        self.initial[name] = field.to_form(written)
        self.fields[name] = field

    @property
    def parts(self) -> Iterator[tuple[bool, list[Any]]]:
        """What everybody fills in, and what few do."""
        shown = [self[name] for name in self.fields if name not in OWN_FIELDS]
        few = [bound for bound in shown if self._is_special(bound.name)]
        # A condition is what few begin with.
        yield (
            False,
            sorted((bound for bound in shown if bound not in few), key=lambda bound: bound.name == "when"),
        )
        if few or "name_in_file" in self.fields:
            yield True, [*few, *([self["name_in_file"]] if "name_in_file" in self.fields else ())]

    def _is_special(self, name: str) -> bool:
        is_number = isinstance(self.fields[name], part_fields.NumberField)
        return name in ("role", "help") or (is_number and not self.fields[name].required)

    @property
    def empty_lists(self) -> dict[str, Any]:
        """Of a new loop, where its steps will stand."""
        return {"steps": []} if "steps" in self.model.model_fields else {}

    def to_file(self) -> dict[str, Any]:
        """The part as the file shall say it."""
        made = dict(self.value)
        for name, info in self.model.model_fields.items():
            if name not in self.cleaned_data or name not in self.fields:
                continue
            field: Any = self.fields[name]
            value = field.to_file(self.cleaned_data[name], self.value.get(name))
            if value in (None, "", {}, []):
                made.pop(name, None)
            elif name in made or value != info.get_default():
                made[name] = value
        return made

    def name(self, file: Mapping[str, Any], section: str, kind: str) -> str:
        """Of a new part, one that is free."""
        title = part_fields.words_of(self.cleaned_data.get("title"))
        wanted = self.cleaned_data["name_in_file"] or outline.name_from(title, kind or "result")
        return outline.free_name(file, section, wanted)
