"""Values as their types ask for them: what comes in, what a model writes, and the places of its quotes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from domain.workflows.problems import Path, Problem, problem_of
from domain.workflows.types import (
    FILE_FIELDS,
    MAX_ROWS,
    PICTURE_FIELDS,
    Boxes,
    Cells,
    Choice,
    File,
    Flag,
    List,
    Number,
    Picture,
    Quote,
    Record,
    Table,
    Text,
    Type,
    empty,
    item_of,
)
from llm_backend import figures, patterns
from llm_backend.wording import normalise

QUOTE_CHARACTERS = TOLD_CHARACTERS = 400
# Of a picture as base64; of the places of one value; of one table.
MAX_JPEG, MAX_BOXES, MAX_CELLS = 8_000_000, 100, 20_000
Share = Annotated[float, Field(ge=0, le=1)]
# Which types a model fills in. Of the others the value is the platform's own.
EXTRACTED = (Text, Number, Flag, Choice, Quote, List, Record)
# Of words that occur again and again, places that are looked at for one where they stand as a whole.
MAX_PLACES = 5000
_FIGURE = patterns.compile(
    r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![.,]?\d)|\d+",
)
# Full width and typographic forms that models write in place of the source's own.
_SAME = str.maketrans("“”‘’「」『』＂＇，。；：？！（）—–－", '""\'\'"""""\',.;:?!()---')


class InvalidValues(Exception):
    """The values do not fit: where, by the path of names, and why."""

    def __init__(self, reasons: Mapping[Path, Problem]) -> None:
        super().__init__(", ".join(".".join(map(str, path)) for path in reasons))
        self.reasons = dict(reasons)


def model_of(record: Record) -> type[BaseModel]:
    """What a model is asked to write, and what callers send: the fields, nothing else, each as its type says."""
    return _model_of(record.model_dump_json())


def checked(record: Record, values: Any) -> dict[str, Any]:
    """The values as the steps read them. Raises InvalidValues."""
    try:
        return model_of(record).model_validate(values).model_dump(by_alias=True)
    except ValidationError as error:
        raise InvalidValues({tuple(each["loc"]): problem_of(each) for each in error.errors()[:20]}) from error


def is_valid(port: Type, value: Any) -> bool:
    """Whether the value is one of this type."""
    try:
        checked(Record(fields={"value": port}), {"value": value})
    except InvalidValues:
        return False
    return True


def without_pictures(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Of a picture, what was read of it alone: its bytes are no part of a file or an answer."""
    return {
        name: {key: each for key, each in value.items() if key != "jpeg"}
        if isinstance(value, dict)
        else value
        for name, value in inputs.items()
    }


def with_places(port: Type, value: Any, source: str) -> Any:
    """The value, with the place in the source of each quote that a model wrote: what it wrote before stands at the next
    place of these words, as long as there is one.
    """
    finder, written = Finder(source), Counter[str]()

    def place(words: str) -> dict[str, Any]:
        written[words] += 1
        return finder.place(words, occurrence=written[words])

    return _each_quote(port, value, place)


class Finder:
    """Finds words in a text, whatever white space, width and case they are written in."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._plain, self._places = _plain(source)
        self._in_figures = {
            place for figure in _FIGURE.finditer(source) for place in range(figure.start() + 1, figure.end())
        }

    def place(self, words: str, *, occurrence: int = 1) -> dict[str, Any]:
        """The first place of the words, as they stand there, or a further one where there are so many; not found, they stay
        as they were written. A part of a figure is another figure: 5 does not stand in 15 nor in 3.5. A word comes before
        what is a part of another one.
        """
        places = self._places_of(words, self._is_whole, occurrence) or self._places_of(
            words, bool, occurrence
        )
        if not places:
            return {"text": words, "start": None, "end": None, "found": False}
        start, end = places[occurrence - 1] if occurrence <= len(places) else places[0]
        return {"text": self._source[start:end], "start": start, "end": end, "found": True}

    def _places_of(
        self, words: str, is_meant: Callable[[tuple[int, int]], bool], most: int
    ) -> list[tuple[int, int]]:
        """The first ones."""
        places: dict[tuple[int, int], None] = {}
        for span in filter(is_meant, self._spans(words)):
            places[span] = None
            if len(places) == most:
                break
        return list(places)

    def _spans(self, words: str) -> Iterator[tuple[int, int]]:
        wanted, (plain, _places) = words.strip(), _plain(words)
        exact = ((at, at + len(wanted)) for at in _starts(self._source, wanted))
        loose = (
            (self._places[at], self._places[at + len(plain) - 1] + 1) for at in _starts(self._plain, plain)
        )
        spans = chain(islice(exact, MAX_PLACES), islice(loose, MAX_PLACES))
        return (span for span in spans if not self._in_figures & set(span))

    def _is_whole(self, span: tuple[int, int]) -> bool:
        return not any(
            all(letter.isascii() and letter.isalnum() for letter in self._source[at - 1 : at + 1])
            for at in span
            if 0 < at < len(self._source)
        )


def _starts(text: str, words: str) -> Iterator[int]:
    at = text.find(words) if words else -1
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def has_other_figures(text: str, quotes: Sequence[str]) -> bool:
    """Whether a text that rests on quotes has a number, date or time that none of them has."""
    return not figures.agree(
        figures.read(normalise(text)), [figures.read(normalise(quote)) for quote in quotes]
    )


def _plain(text: str) -> tuple[str, list[int]]:
    """Without white space and in small letters, with the place of each character in the text."""
    kept = [(each, place) for place, each in enumerate(text.translate(_SAME)) if not each.isspace()]
    folded = [(small, place) for each, place in kept for small in each.casefold()]
    return "".join(each for each, _place in folded), [place for _each, place in folded]


def _each_quote(port: Type, value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(port, Quote):
        return change(value)
    if isinstance(port, Record):
        return {name: _each_quote(each, value[name], change) for name, each in port.fields.items()}
    if isinstance(port, List):
        return [_each_quote(port.of, each, change) for each in value]
    return value


def extraction_problem(port: Type) -> Problem | None:
    """Why a model cannot write a value of this type."""
    if not isinstance(port, EXTRACTED):
        return Problem("not_extracted", names={"type": port.type})
    parts = list(port.fields.values()) if isinstance(port, Record) else []
    parts += [port.of] if isinstance(port, List) else []
    return next(filter(None, map(extraction_problem, parts)), None)


@lru_cache(maxsize=256)
def _model_of(record_json: str) -> type[BaseModel]:
    return _made_model("Values", Record.model_validate_json(record_json).fields)


def _made_model(name: str, fields: Mapping[str, Type]) -> type[BaseModel]:
    members: dict[str, Any] = {}
    for field, port in fields.items():
        default: Any = empty(port) if isinstance(port, Text | File | Picture) else None
        default = default if getattr(port, "optional", False) else ...
        description = port.help.en or port.help.zh or None
        # Under another name within: a field may be called `json` or `copy`, as a method of the class is.
        members[f"field_{field}"] = (
            _annotation(field, port),
            Field(
                default,
                alias=field,
                title=field,
                description=description,
                validate_default=isinstance(port, File | Picture),
            ),
        )
    return create_model(name, __config__=ConfigDict(extra="forbid"), **members)


def _annotation(name: str, port: Type) -> Any:
    if isinstance(port, Picture | Boxes | Cells):
        return _seen(port)
    if isinstance(port, Record | File):
        fields = port.fields if isinstance(port, Record) else FILE_FIELDS
        return _made_model(name.title().replace("_", ""), fields)
    if isinstance(port, List | Table):
        limit = port.max_items if isinstance(port, List) else MAX_ROWS
        item = _annotation(name, item_of(port))  # type: ignore[arg-type]
        return _limited(list[item], max_length=limit)  # type: ignore[valid-type]
    if isinstance(port, Number):
        number = _limited(float, ge=port.min, le=port.max, allow_inf_nan=False)
        return number | None if port.optional else number
    if isinstance(port, Choice):
        choice: Any = Literal[tuple(port.options)]
        return choice | None if port.optional else choice
    if isinstance(port, Flag):
        return bool
    return _text(port.max_characters if isinstance(port, Text) else QUOTE_CHARACTERS)


def _seen(port: Type) -> Any:
    """What stands on a page, or the page itself."""
    if isinstance(port, Picture):
        fields = _made_model("PictureFields", PICTURE_FIELDS)
        return create_model("Picture", __base__=fields, jpeg=(Annotated[str, Field(max_length=MAX_JPEG)], ""))
    if isinstance(port, Boxes):
        return _limited(list[Annotated[list[Share], Field(min_length=4, max_length=4)]], max_length=MAX_BOXES)
    return _limited(list[tuple[int, int, str, int, int, bool]], max_length=MAX_CELLS)


def _text(limit: int) -> Any:
    """A short limit is told to the model's server, which takes it as so many steps of a grammar; a long one is not."""

    def check(text: str) -> str:
        if len(text) > limit:
            raise PydanticCustomError("string_too_long", "too long", {"max_length": limit})
        # JSON can smuggle in halves of surrogate pairs, which nothing stores.
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise PydanticCustomError("half_a_character", "half a character")
        return text

    told = _limited(str, max_length=limit) if limit <= TOLD_CHARACTERS else str
    return Annotated[told, AfterValidator(check)]


def _limited(annotation: Any, **limits: Any) -> Any:
    return Annotated[annotation, Field(**limits)]
