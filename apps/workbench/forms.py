"""The form of an app, made of its inputs, and that of its file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.forms import CodeField, LinesField
from apps.knowledge.models import Collection
from apps.knowledge.rights import readable_collections, readable_tables
from apps.workbench.models import AppRun, StepRun
from domain.documents import content
from domain.workflows import types, values
from domain.workflows.app_file import MAX_EXPECTED
from domain.workflows.checking import CheckedApp
from domain.workflows.types import Record, Type
from domain.workflows.yaml_reading import MAX_BYTES

# Longer texts get a field of many lines.
SHORT_TEXT = 300
LATEST_RUNS, LATEST_TABLES = 30, 200
# Behind the name of an input: no name has a dot.
OF_DOCUMENT = ".document"
FILES = (types.File, types.Picture, types.Table)
ACCEPTED_BY: dict[type[Type], str] = {
    types.Table: ".csv,.tsv,.xlsx,.xls,.ods",
    # A phone then offers its camera.
    types.Picture: "image/*,.pdf",
}


class AppFileForm(forms.Form):
    text = forms.CharField(
        label=_("App file"),
        max_length=MAX_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "class": "mono", "spellcheck": "false", "wrap": "off"}),
    )
    seen = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class StartForm(forms.Form):
    title = forms.CharField(
        label=pgettext_lazy("app file", "Title"),
        max_length=60,
        help_text=_("As people will find it under Apps."),
    )
    wish = forms.CharField(
        label=_("What it should do"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_(
            "A model proposes the steps. Left empty, you begin with a small example that sums up a text."
        ),
    )


class AppImportForm(forms.Form):
    """`confirmed`: fingerprint of the text whose remarks were read."""

    file = forms.FileField(
        label=_("File"), required=False, widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/yaml"})
    )
    text = forms.CharField(
        label=_("or its text"),
        max_length=MAX_BYTES,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "mono", "spellcheck": "false", "wrap": "off"}),
    )
    name = forms.CharField(
        label=_("Name here"),
        max_length=40,
        required=False,
        help_text=_("Only where the app shall have another name than the file says."),
    )
    confirmed = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """The text of the file where one was sent."""
        cleaned = super().clean() or self.cleaned_data
        file = cleaned.pop("file", None)
        if file and file.size > MAX_BYTES:
            self.add_error(
                "file", _("The file is too large: at most %(limit)s.") % {"limit": f"{MAX_BYTES // 1000} kB"}
            )
        elif file:
            try:
                cleaned["text"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("This is not UTF-8 text. Choose an app file, or save it as UTF-8."))
        if not self.errors and not cleaned.get("text"):
            self.add_error("file", _("Choose a file, or paste its text."))
        cleaned["text"] = cleaned.get("text", "").replace("\r\n", "\n")
        return cleaned


class SeenForm(forms.Form):
    """Which text of an app somebody looked at who acts on it: its fingerprint."""

    seen = forms.CharField(max_length=16)


class ShippedAppForm(forms.Form):
    app = forms.SlugField(max_length=40)


class SuggestionsForm(forms.Form):
    output = CodeField(max_length=40)
    accepted = forms.TypedMultipleChoiceField(
        required=False, coerce=int, choices=[(number, number) for number in range(types.MAX_ITEMS)]
    )


class CaseForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    expect = LinesField(
        label=_("What must come out"),
        help_text=_(
            "One condition on each line, such as 'tea' in outputs.answer: the output “answer” says this word. Remove what "
            "may be otherwise another time."
        ),
        max_lines=MAX_EXPECTED,
        max_characters=500,
        rows=6,
        # White space between quotation marks is part of what must come out.
        is_verbatim=True,
    )


class AccountForm(forms.Form):
    """With whose rights an app reads documents."""

    account = forms.ModelChoiceField(Membership.objects.none(), label=_("Member"), empty_label=None)

    def __init__(self, data: Any = None, *, members: QuerySet[Membership], **options: Any) -> None:
        super().__init__(data, **options)
        field = self.fields["account"]
        field.queryset = members  # type: ignore[attr-defined]
        field.label_from_instance = lambda member: f"{member.user} · {member.get_role_display()}"  # type: ignore[attr-defined]


class RunForm(forms.Form):
    """A field for each input of an app, in the reader's language."""

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        app: CheckedApp,
        actor: Actor,
        **options: Any,
    ) -> None:
        super().__init__(data, files, **options)
        ports, language = app.file.inputs, get_language() or "en"
        self.needed: list[str] = []
        self.initial = {
            name: value
            for name, value in self.initial.items()
            if name in ports and _is_lent(ports[name], value)
        }
        for name, port in ports.items():
            field = _field_of(name, port, language, actor, self.initial.get(name))
            if isinstance(port, FILES) and self.initial.get(name):
                # What was read of an earlier file stands for it where no other one is chosen.
                field.required = False
                field.help_text = gettext("Leave it empty to use the file of the earlier run.")
            self.fields[name] = field
            if isinstance(port, types.Table):
                self._offer_documents(name, field, actor)

    def _offer_documents(self, name: str, field: forms.Field, actor: Actor) -> None:
        """A table that Knowledge has needs no file."""
        rows = readable_tables(actor).order_by("-id")
        if not rows.exists():
            return
        offer: Any = forms.ModelChoiceField(rows, label=_("or a table of your documents"), required=False)
        # Of hundreds the latest are offered, as of runs.
        offer.widget.choices = [
            ("", "–"),
            *((row.pk, f"{row} · {row.collection}") for row in rows[:LATEST_TABLES]),
        ]
        self.fields[f"{name}{OF_DOCUMENT}"] = offer
        if field.required:
            field.required = False
            self.needed.append(name)

    def clean(self) -> dict[str, Any]:
        """`inputs` as a program would send them, and the `files` beside them."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.needed:
            if not cleaned.get(name) and not cleaned.get(f"{name}{OF_DOCUMENT}") and name not in self.errors:
                self.add_error(name, _("Choose a file or a document."))
        sent = {name: value for name, value in cleaned.items() if value not in (None, "")}
        files = {name: sent.pop(name) for name in list(sent) if isinstance(sent[name], UploadedFile)}
        kept = {
            name: self.initial[name]
            for name, field in self.fields.items()
            if isinstance(field, forms.FileField) and name not in files and self.initial.get(name)
        }
        documents = {
            name.removesuffix(OF_DOCUMENT): {"document": str(sent.pop(name).pk)}
            for name in list(sent)
            if name.endswith(OF_DOCUMENT)
        }
        plain = {
            name: str(value.pk) if isinstance(value, Collection) else value for name, value in sent.items()
        }
        return {"inputs": kept | documents | plain, "files": files}


def _is_lent(port: Type, value: Any) -> bool:
    """Whether the form begins with what went into an earlier run, whose version may have asked for something else; what
    stands for a file that was left out or never read says nothing.
    """
    if isinstance(port, FILES) and not (any(value.values()) if isinstance(value, dict) else value):
        return False
    return values.is_valid(port, value) or (isinstance(port, types.Text) and isinstance(value, str))


class CompareForm(forms.Form):
    """An earlier run to lay beside this one."""

    other = forms.ModelChoiceField(AppRun.objects.none(), label=_("Compare with"), empty_label=None)

    def __init__(self, data: Any = None, *, others: QuerySet[AppRun]) -> None:
        super().__init__(data)
        field: Any = self.fields["other"]
        field.queryset = others
        field.label_from_instance = run_label
        # Of hundreds of runs the latest are offered; any other one may be named by its address.
        self.latest = [(str(run.pk), run_label(run)) for run in others[:LATEST_RUNS]]
        field.widget.choices = self.latest


def run_label(run: AppRun) -> str:
    return f"{timezone.localtime(run.created_at):%Y-%m-%d %H:%M} · {run.version}"


def _help_of(port: Type, language: str) -> str:
    """What the file says, and of a table what its first row has to name."""
    said = port.help.in_language(language)
    if not isinstance(port, types.Table):
        return said
    names = ", ".join(types.label_of(name, each, language) for name, each in port.columns.items())
    columns = gettext("CSV or Excel. Its first row names: %(columns)s") % {"columns": names}
    return f"{said} {columns}".strip()


class TextBlocksField(LinesField):
    """A list of texts that have several lines each, with a line of strokes between them."""

    def __init__(self, texts: list[str], **options: Any) -> None:
        super().__init__(**options)
        # A line that none of the texts has itself.
        longest = max(
            (len(line) for text in texts for line in text.splitlines() if not line.strip("-")), default=0
        )
        self.mark = "-" * max(5, longest + 1)

    def prepare_value(self, value: Any) -> Any:
        return f"\n{self.mark}\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        blocks: list[list[str]] = [[]]
        for line in str(value or "").splitlines():
            if line.strip() == self.mark:
                blocks.append([])
            else:
                blocks[-1].append(line)
        texts = ["\n".join(block).strip() for block in blocks]
        # Each as one line, for the limits of their number and length alone.
        super().clean(["_" * len(text) for text in texts if text])
        return [text for text in texts if text]


class _TextField(forms.CharField):
    """A browser sends two signs for each end of a line: one more than people typed, and than an app counts."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class _NumberField(forms.FloatField):
    """Shows 80 as 80, not as 80.0."""

    def prepare_value(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) and value.is_integer() else value


def _field_of(name: str, port: Type, language: str, actor: Actor, value: Any = None) -> forms.Field:
    """For a value, with the words that the file has for it; `value`: what it begins with."""
    field = _plain_field(port, language, actor)
    help_text = _help_of(port, language)
    if isinstance(field, _TextField) and isinstance(value, str) and "\n" in value:
        # A browser's field of one line would drop the ends of lines unseen.
        field.widget = forms.Textarea(attrs={"rows": 12, "maxlength": field.max_length})
    if isinstance(field, LinesField) and isinstance(value, list) and any("\n" in each for each in value):
        field = TextBlocksField(
            value,
            max_lines=field.max_lines,
            max_characters=field.max_characters,
            rows=12,
            is_verbatim=True,
        )
        between = gettext("Several lines each. Keep the line %(mark)s between them.") % {"mark": field.mark}
        help_text = f"{help_text} {between}".strip()
    field.label, field.help_text = types.label_of(name, port, language), help_text
    return field


def _plain_field(port: Type, language: str, actor: Actor) -> forms.Field:
    is_required = not getattr(port, "optional", False)
    if isinstance(port, types.Number):
        return _NumberField(required=is_required, min_value=port.min, max_value=port.max)
    if isinstance(port, types.Choice):
        options = [(code, words.in_language(language) or code) for code, words in port.options.items()]
        return forms.ChoiceField(
            required=is_required, choices=options if is_required else [("", "–"), *options]
        )
    if isinstance(port, types.Flag):
        return forms.BooleanField(required=False)
    if isinstance(port, FILES):
        kinds = ACCEPTED_BY.get(type(port), content.ACCEPTED)
        return forms.FileField(required=is_required, widget=forms.FileInput(attrs={"accept": kinds}))
    if isinstance(port, types.Collection):
        rows = readable_collections(actor).order_by("name")
        return forms.ModelChoiceField(rows, empty_label=None)
    if isinstance(port, types.List):
        limit = getattr(port.of, "max_characters", types.MAX_TEXT_CHARACTERS)
        # A column that is pasted here has the same text in several rows, and each of them counts.
        return LinesField(max_lines=port.max_items, max_characters=limit, rows=6, is_verbatim=True)
    limit = getattr(port, "max_characters", types.MAX_TEXT_CHARACTERS)
    is_long = limit > SHORT_TEXT
    widget = forms.Textarea(attrs={"rows": 12}) if is_long else forms.TextInput()
    return _TextField(required=is_required, max_length=limit, strip=False, widget=widget)


class DecisionForm(forms.Form):
    """What a run asks a person, as its app proposes it."""

    def __init__(self, data: Any = None, *, step: StepRun, actor: Actor) -> None:
        is_question, language = step.is_question, get_language() or "en"
        super().__init__(data, initial=step.result["values"] if is_question else {})
        asked = Record.model_validate(step.result["fields"]).fields if is_question else {}
        for name, port in asked.items():
            self.fields[name] = _field_of(name, port, language, actor, self.initial.get(name))

    @property
    def given(self) -> dict[str, Any]:
        """What stands there as it was proposed is that, letter by letter: a form has other ends of lines."""
        return {
            name: self.initial[name] if self._is_as_proposed(name) else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        }

    def _is_as_proposed(self, name: str) -> bool:
        shown, sent = self.fields[name].prepare_value(self.initial.get(name)), self.data.get(name)
        return isinstance(shown, str) and isinstance(sent, str) and sent.replace("\r\n", "\n") == shown
