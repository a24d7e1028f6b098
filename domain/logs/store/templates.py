"""What the texts of records are made of: templates (the message) inside layouts (the line around it)."""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import orjson

from llm_backend import patterns

# Parameters that stand in columns of their own; what follows them is one value, its constants included.
MAX_SLOTS = 12
MAX_TEMPLATE_CHARACTERS = 65_536
MESSAGE = "message"
TIME = "time"
HEAD, TAIL = "head", "tail"
LAYOUT_FIELDS = (TIME, "level", "service", "host", "trace", "session", HEAD, MESSAGE, TAIL)
# %s: seconds since 1970; %3f, %6f: digits behind the second.
TIME_ARITHMETIC = patterns.compile(r"(%(?:s|3f|6f))")
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True)
class Template:
    """A message: constant, parameter, constant, … constant. One constant more than there are parameters."""

    id: str
    constants: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.constants or sum(map(len, self.constants)) > MAX_TEMPLATE_CHARACTERS:
            raise ValueError("A template has at least one constant, and a limit of characters.")

    @property
    def stored_constants(self) -> tuple[str, ...]:
        """Around the values that have columns."""
        if len(self.constants) <= MAX_SLOTS + 1:
            return self.constants
        return (*self.constants[:MAX_SLOTS], self.constants[-1])


@dataclass(frozen=True, slots=True)
class Layout:
    """A line around its message: constant, field, constant, … A time is written as `time_format` says, in its zone."""

    id: str
    constants: tuple[str, ...]
    fields: tuple[str, ...]
    time_format: str = ""
    zone_minutes: int = 0

    def __post_init__(self) -> None:
        if len(self.constants) != len(self.fields) + 1 or not set(self.fields) <= set(LAYOUT_FIELDS):
            raise ValueError("A layout has one constant more than fields, and only fields of a record.")
        if self.fields.count(MESSAGE) != 1:
            raise ValueError("A layout holds the message once.")
        rest = patterns.sub(r"%[YmdbHMSse]|%3f|%6f", "", self.time_format)
        if "%" in rest or "'" in rest:
            raise ValueError(f"This time format is not known: {self.time_format}")

    def time_pieces(self) -> list[str]:
        """The format cut where a piece needs arithmetic: `%Y-%m-%d %H:%M:%S.`, `%3f`."""
        return [piece for piece in TIME_ARITHMETIC.split(self.time_format) if piece]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The templates and layouts of a day, or of several."""

    templates: Mapping[str, Template] = field(default_factory=dict)
    layouts: Mapping[str, Layout] = field(default_factory=dict)

    @classmethod
    def from_iterables(cls, templates: Iterable[Template], layouts: Iterable[Layout] = ()) -> "Catalogue":
        return cls({each.id: each for each in templates}, {each.id: each for each in layouts})

    def __or__(self, other: "Catalogue") -> "Catalogue":
        """What `self` holds is never changed: records are stored that rely on it."""
        return Catalogue({**other.templates, **self.templates}, {**other.layouts, **self.layouts})

    def __sub__(self, other: "Catalogue") -> "Catalogue":
        return Catalogue(
            {id: each for id, each in self.templates.items() if id not in other.templates},
            {id: each for id, each in self.layouts.items() if id not in other.layouts},
        )

    def __bool__(self) -> bool:
        return bool(self.templates or self.layouts)

    def only(self, templates: Iterable[str | None], layouts: Iterable[str | None]) -> "Catalogue":
        """Those of them that are known."""
        return Catalogue(
            {id: self.templates[id] for id in templates if id and id in self.templates},
            {id: self.layouts[id] for id in layouts if id and id in self.layouts},
        )

    def in_small_letters(self) -> "Catalogue":
        """For a search that minds no capitals; the ids stay. As long as before, so only A to Z."""
        templates = (
            replace(each, constants=_in_small_letters(each.constants)) for each in self.templates.values()
        )
        layouts = (
            replace(
                each,
                constants=_in_small_letters(each.constants),
                time_format=patterns.sub(r"(?<!%)[A-Z]", lambda match: match[0].lower(), each.time_format),
            )
            for each in self.layouts.values()
        )
        return Catalogue.from_iterables(templates, layouts)

    def to_json(self) -> bytes:
        return orjson.dumps(
            {"templates": list(self.templates.values()), "layouts": list(self.layouts.values())}
        )

    @classmethod
    def from_json(cls, content: bytes) -> "Catalogue":
        fields = orjson.loads(content)
        return cls.from_iterables(
            (Template(each["id"], tuple(each["constants"])) for each in fields["templates"]),
            (
                Layout(**each | {"constants": tuple(each["constants"]), "fields": tuple(each["fields"])})
                for each in fields["layouts"]
            ),
        )


def _in_small_letters(constants: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.translate(_SMALL) for each in constants)
