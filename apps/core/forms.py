from collections.abc import Callable
from typing import Any, TypeVar

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, InvalidInput, NotFound, Text

Result = TypeVar("Result")
# Errors of fields whose choices are rows: nobody may learn whether another organisation has such a row.
NOT_AMONG_THE_ROWS = {"invalid_choice", "invalid_pk_value"}


class CodeField(forms.CharField):
    """A name that programs give, such as a model's or a kind's: no words of people, so a line of the trail may quote it."""


class CodeFilter(django_filters.CharFilter):  # type: ignore[misc]
    field_class = CodeField


class LinesField(forms.CharField):
    """A list of texts, each on a line of its own, as people type them and as the API sends them. `is_verbatim`: white space
    within a line stays, such as a tab between two columns, and what stands there twice counts twice.
    """

    def __init__(
        self,
        *,
        max_lines: int,
        max_characters: int,
        rows: int = 3,
        is_verbatim: bool = False,
        **kwargs: Any,
    ) -> None:
        self.max_lines, self.max_characters = max_lines, max_characters
        self.is_verbatim = is_verbatim
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = "\n".join(map(str, value)) if isinstance(value, list) else super().clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if not self.is_verbatim:
            lines = list(dict.fromkeys(" ".join(line.split()) for line in lines))
        if len(lines) > self.max_lines:
            raise forms.ValidationError(_("At most %(count)d lines.") % {"count": self.max_lines})
        if any(len(line) > self.max_characters for line in lines):
            raise forms.ValidationError(
                _("Each line can have at most %(count)d characters.") % {"count": self.max_characters}
            )
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files chosen at once, each checked like one; none only where none is needed."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.required:
            files = [None]
        return [super(ManyFilesField, self).clean(each, initial) for each in files]


def submit_form(form: forms.BaseForm, service: Callable[..., Result]) -> Result | None:
    """Calls the service with a valid form's fields and returns its result. None while something has to be filled in or
    corrected; the form then shows what.
    """
    if not form.is_valid():
        return None
    try:
        return service(**form.cleaned_data)
    except ApplicationError as refusal:
        show_refusal(form, refusal)
        return None


def show_refusal(form: forms.BaseForm, refusal: ApplicationError) -> None:
    """Puts a service's objections beside the fields they are about, the others above the form."""
    for name, lines in refusal.fields.items():
        form.add_error(name if name in form.fields else None, [str(line) for line in lines])
    if not refusal.fields:
        form.add_error(None, str(refusal))


def validated_fields(form: forms.BaseForm) -> dict[str, Any]:
    """The fields of a form that no person filled in: of a request to the API, of a row in a table.

    Raises NotFound where a chosen row is none of the organisation's, else InvalidInput per field.
    """
    if form.is_valid():
        return form.cleaned_data
    for name, errors in form.errors.as_data().items():
        is_row = isinstance(form.fields.get(name), forms.ModelChoiceField)
        if is_row and any(error.code in NOT_AMONG_THE_ROWS for error in errors):
            raise NotFound
    fields: dict[str, list[Text]] = {
        name: [str(line) for line in lines] for name, lines in form.errors.items()
    }
    labels = {name: each.label for name, each in form.fields.items() if each.label}
    raise InvalidInput(fields=fields, labels=labels)
