"""Fields of forms for what stands in an app file, chosen by the types that its models name.

`to_form` turns what the file says into what a person sees, and `to_file` what the person sent into what the file shall say.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from apps.core.errors import Text
from apps.core.forms import LinesField
from apps.workbench import editing_words
from domain.workflows import functions, outline
from domain.workflows.outline import plain_types
from domain.workflows.types import Flag, Port, Words
from domain.workflows.yaml_reading import plain_value
from llm_backend import patterns

# What is written in one line; other texts have several.
SHORT = {
    "source",
    "items",
    "value",
    "otherwise",
    "question",
    "to",
    "subject",
    "name",
    "app",
    "tool",
    "channel",
}
# Names and SQL: no expression may stand in them.
LITERAL = {"name", "app", "tool", "sql"}
MAX_ROWS = 40
# What a row of a list of fields says in full. A field of another type stays as the file has it.
ROW_TYPES = ("text", "number", "flag", "choice", "quote")
AS_WRITTEN = "as_written"
MAX_CHARACTERS = 20_000


def language() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def words_of(written: Any) -> str:
    """Of a title or help, in the reader's language."""
    if isinstance(written, dict):
        return str(written.get(language()) or written.get("zh") or written.get("en") or "")
    return "" if written is None else str(written)


def with_words(text: str, old: Any) -> Any:
    """The other language stays as it was."""
    if isinstance(old, dict) and set(old) - {language()}:
        return {**old, language(): text} if text else {}
    return text


class NamesWidget(forms.Widget):
    """A text beside what may be inserted into it."""

    template_name = "workbench/text_field.html"

    def __init__(
        self, names: Sequence[Mapping[str, Any]], *, is_short: bool, is_condition: bool = False
    ) -> None:
        super().__init__()
        self.more = {
            "names": names,
            "is_short": is_short,
            "comparisons": editing_words.COMPARISONS.items() if is_condition else (),
        }

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        return render_to_string(self.template_name, self.get_context(name, value, attrs) | self.more)


class PartField:
    """Mixed into fields of forms. `kinds`: what may stand in the file for a form to say it; all else stays there alone."""

    kinds: tuple[type, ...] = (str,)

    def shows(self, written: Any) -> bool:
        return isinstance(written, self.kinds)

    def to_form(self, written: Any) -> Any:
        return written

    def to_file(self, sent: Any, old: Any) -> Any:
        return int(sent) if isinstance(sent, float) and sent.is_integer() else sent


class TextField(PartField, forms.CharField):
    def to_file(self, sent: str, old: Any) -> Any:
        text = sent.replace("\r\n", "\n").strip("\n").rstrip()
        if text == str(old or "").strip("\n").rstrip():
            return old
        return f"{text}\n" if "\n" in text else text.strip()


class WordsField(PartField, forms.CharField):
    kinds = (str, dict)

    def to_form(self, written: Any) -> str:
        return words_of(written)

    def to_file(self, sent: str, old: Any) -> Any:
        text = sent.replace("\r\n", "\n").strip()
        return old if text == words_of(old).strip() else with_words(text, old)


class NumberField(PartField, forms.FloatField):
    kinds = (int, float)


class FlagField(PartField, forms.BooleanField):
    kinds = (bool,)


class WordChoiceField(PartField, forms.ChoiceField): ...


class TextLinesField(PartField, LinesField):
    """Names of one's own, or a single expression."""

    kinds = (list, str)

    def to_file(self, sent: list[str], old: Any) -> Any:
        return sent[0] if len(sent) == 1 and sent[0].startswith("{{") else sent


class TypeField(WordChoiceField):
    """Of the items of a list: one that a single word says."""

    kinds = (dict,)

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=[(name, editing_words.TYPES[name]) for name in ("text", "number")], **options
        )

    def to_form(self, written: Any) -> Any:
        return written.get("type") if isinstance(written, dict) else "text"

    def to_file(self, sent: Any, old: Any) -> Any:
        return old if isinstance(old, dict) and old.get("type") == sent else {"type": sent}


class RowsWidget(forms.Widget):
    """Rows of a few texts each. Empty ones stand below, for new rows; what is left empty is no row."""

    use_fieldset = True

    def __init__(self, columns: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__()
        self.columns, self.names = columns, names

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        rows = [*(value or ()), {}]
        cells = [
            [{**column, "value": row.get(column["name"], "")} for column in self.columns] for row in rows
        ]
        is_condition = any(column["name"] == "when" for column in self.columns)
        context = {
            "name": name,
            "rows": cells,
            "names": self.names,
            "widget": {"attrs": attrs or {}},
            "comparisons": editing_words.COMPARISONS.items() if is_condition else (),
        }
        return render_to_string("workbench/rows_field.html", context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        columns = [column["name"] for column in self.columns]
        sent = [data.getlist(f"{name}.{column}")[: MAX_ROWS + 1] for column in columns]
        rows = [dict(zip(columns, map(str.strip, row), strict=True)) for row in zip(*sent, strict=False)]
        return [row for row in rows if any(row[column] for column in columns if column != "type")]


class RowsField(PartField, forms.Field):
    """`columns`: name, label, and the choices of one that is chosen. `kinds`: of a row as the file has it."""

    columns: Sequence[tuple[str, Text]] = ()
    kinds: tuple[type, ...] = (dict,)

    def __init__(self, names: Sequence[Mapping[str, Any]] = (), **options: Any) -> None:
        columns = [
            {"name": name, "label": label, "choices": self.choices(name)} for name, label in self.columns
        ]
        super().__init__(widget=RowsWidget(columns, names), required=False, **options)

    def choices(self, column: str) -> Sequence[tuple[str, Text]]:
        return ()

    def shows(self, written: Any) -> bool:
        rows = list(written.values()) if isinstance(written, dict) else written
        if not (isinstance(rows, list) and all(isinstance(row, self.kinds) for row in rows)):
            return False
        # A cell is one line: a browser would join what has several.
        return not any("\n" in str(cell).strip() for row in self.to_form(written) for cell in row.values())

    def to_form(self, written: Any) -> Any:
        return written or []

    def clean(self, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        if len(rows) > MAX_ROWS or any(len(each) > MAX_CHARACTERS for row in rows for each in row.values()):
            raise forms.ValidationError(_("At most %(count)d rows.") % {"count": MAX_ROWS})
        return rows


class ArgumentsField(RowsField):
    """Names, each with an expression, a text or a number."""

    columns = (("name", _("Name")), ("value", pgettext_lazy("app file", "Value")))
    kinds = (str, int, float)

    def to_form(self, written: Any) -> Any:
        """Constants as the file writes them: a text that looks like a number, between quotation marks."""
        return [{"name": name, "value": _written(value)} for name, value in (written or {}).items()]

    def to_file(self, sent: list[dict[str, str]], old: Any) -> Any:
        made: dict[str, Any] = {}
        for row in sent:
            made[_free_name(row["name"] or "value", made)] = _constant(row["value"])
        return made


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    """What has no name, or that of a row above, is lost by no other row."""
    return next(each for each in (name, *(f"{name}_{n}" for n in range(2, 99))) if each not in taken)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value if _constant(value) == value else f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else format(Decimal(str(value)), "f")


def _constant(text: str) -> Any:
    """A number or a flag as such; a text where it stands between quotation marks."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return plain_value(text) if text else text


class CasesField(RowsField):
    """Items that are made of a few texts each, such as the cases of a branch."""

    def __init__(self, item: type[BaseModel], names: Sequence[Mapping[str, Any]]) -> None:
        self.columns = [(name, editing_words.label(name)) for name in item.model_fields]
        super().__init__(names)


class OptionsField(RowsField):
    columns = (("title", _("What people read")), ("code", _("What a model reads")))

    def shows(self, written: Any) -> bool:
        return isinstance(written, list | dict)

    def to_form(self, written: Any) -> Any:
        pairs = written.items() if isinstance(written, dict) else [(each, each) for each in written or ()]
        return [{"title": words_of(words), "code": code} for code, words in pairs]

    def to_file(self, sent: list[dict[str, str]], old: Any) -> Any:
        if not isinstance(old, dict) and all(row["code"] in ("", row["title"]) for row in sent):
            return [row["title"] for row in sent]
        known = old if isinstance(old, dict) else {}
        return {
            row["code"] or row["title"]: with_words(row["title"] or row["code"], known.get(row["code"]))
            for row in sent
        }


class TypesField(RowsField):
    """Fields that a model fills in, columns of a table: their names and types."""

    columns = (
        ("title", pgettext_lazy("app file", "Title")),
        ("name", _("Name in the file")),
        ("type", _("Type")),
        ("help", _("Hint for the model")),
        ("options", _("Options, with commas")),
    )

    def choices(self, column: str) -> Sequence[tuple[str, Text]]:
        types = [(name, editing_words.TYPES[name]) for name in ROW_TYPES]
        return [*types, (AS_WRITTEN, _("As in the file"))] if column == "type" else ()

    def to_form(self, written: Any) -> Any:
        return [_type_row(name, port) for name, port in (written or {}).items()]

    def to_file(self, sent: list[dict[str, str]], old: Any) -> Any:
        made: dict[str, Any] = {}
        known = old or {}
        kept = {row["name"] for row in sent}
        # What only the file can say goes along with a name that was changed.
        renamed = iter([port for name, port in known.items() if name not in kept and _is_as_written(port)])
        for row in sent:
            name = row["name"] or outline.name_from(row["title"], "field")
            name = _free_name(name, made)
            port = known.get(name)
            if port is None and row["type"] == AS_WRITTEN:
                port = next(renamed, None)
            made[name] = _port(row, port)
        return made


def _is_as_written(port: Any) -> bool:
    return isinstance(port, dict) and port.get("type", "text") not in ROW_TYPES


def _type_row(name: str, port: Any) -> dict[str, str]:
    kind = port.get("type", "text")
    return {
        "title": words_of(port.get("title")),
        "name": name,
        "type": kind if kind in ROW_TYPES else AS_WRITTEN,
        "help": words_of(port.get("help")),
        "options": ", ".join(map(str, port.get("options") or ())),
    }


def _port(row: Mapping[str, str], old: Any) -> dict[str, Any]:
    before = _type_row(row["name"], old) if isinstance(old, dict) else {}
    port = (
        dict(old) if before.get("type") == row["type"] else {"type": row["type"].replace(AS_WRITTEN, "text")}
    )
    for part in ("title", "help"):
        if row[part] != before.get(part, ""):
            port[part] = with_words(row[part], port.get(part))
    if row["type"] == "choice" and row["options"] != before.get("options"):
        codes = [each.strip() for each in patterns.split(r"[,，、;；]", row["options"]) if each.strip()]
        words = port.get("options")
        # Those that stay keep what people read.
        port["options"] = (
            {each: words.get(each, each) for each in codes} if isinstance(words, dict) else codes
        )
    return {name: value for name, value in port.items() if value not in ("", {}, None)}


def field_for(name: str, annotation: Any, names: Sequence[Mapping[str, Any]]) -> forms.Field | None:
    """None where no form shows this: it stays as it stands in the file."""
    plain = list(plain_types(annotation))
    for each in plain:
        origin, arguments = get_origin(each), get_args(each)
        if origin is Literal:
            return WordChoiceField(
                choices=[(word, editing_words.WORDS.get(word, word)) for word in arguments]
            )
        if origin is dict:
            return _rows_of(list(plain_types(arguments[1])), names)
        if origin is list:
            return _lines_of(list(plain_types(arguments[0])), names)
    return _plain_field(name, plain, names)


def _plain_field(name: str, plain: list[Any], names: Sequence[Mapping[str, Any]]) -> forms.Field | None:
    if Words in plain:
        # A title is one line; only messages hold expressions.
        widget = NamesWidget(names if name == "message" else (), is_short=name == "title")
        return WordsField(max_length=2000, widget=widget)
    if Flag in plain:
        return TypeField()
    if name == "function":
        found = functions.all_functions().items()
        return WordChoiceField(choices=[(each, f"{each} ({', '.join(of.parameters)})") for each, of in found])
    if str in plain:
        names = () if name in LITERAL else names
        widget = NamesWidget(names, is_short=name in SHORT or name == "when", is_condition=name == "when")
        return TextField(max_length=MAX_CHARACTERS, strip=False, widget=widget)
    if bool in plain:
        return FlagField()
    return NumberField() if int in plain or float in plain else None


def _rows_of(plain: list[Any], names: Sequence[Mapping[str, Any]]) -> forms.Field | None:
    if Words in plain:
        return OptionsField()
    if Flag in plain:
        return TypesField()
    return ArgumentsField(names) if str in plain else None


def _lines_of(plain: list[Any], names: Sequence[Mapping[str, Any]]) -> forms.Field | None:
    if plain == [str]:
        return TextLinesField(max_lines=30, max_characters=500)
    is_item = len(plain) == 1 and isinstance(plain[0], type) and issubclass(plain[0], BaseModel)
    return CasesField(plain[0], names) if is_item and not issubclass(plain[0], Port) else None


def insertables(names: Mapping[str, Any], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    """What may be inserted, as the page offers it. `titles`: of steps, for results that have none."""
    return [
        {
            "name": name,
            "title": port.title.in_language(language()) or titles.get(name.partition(".")[0], ""),
            "type": port.type,
            "type_label": editing_words.TYPES.get(port.type, port.type),
            "in_text": outline.in_text(name, port),
            "options": "|".join(getattr(port, "options", ())),
        }
        for name, port in names.items()
    ]
