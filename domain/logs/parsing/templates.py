"""Templates: their ids, the values of their parameters, and finding the template of a new line's shape."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.parsing.masking import PARAMETER, SPAN
from domain.logs.parsing.tokens import VALUE_OPENERS, Delimiters, Words, has_letters, split_tokens
from llm_backend import patterns

DISPLAY_MARKS = {PARAMETER: "<*>", SPAN: "<**>"}
"""How people and files read the two marks. A line that holds these letters itself has a value there."""

_DISPLAY_MARK = patterns.compile(r"<\*{1,2}>")
_MARK = patterns.compile(f"[{PARAMETER}{SPAN}]")


def display_text(shape: str) -> str:
    return shape.replace(PARAMETER, DISPLAY_MARKS[PARAMETER]).replace(SPAN, DISPLAY_MARKS[SPAN])


def template_id(text: str) -> str:
    """Made of the text alone, so that every run, file and worker gives a template the same id."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Template:
    """A message with marks where its values stand: `<*>` a value, `<**>` one of any number of words."""

    text: str
    count: int = 0
    example: str = ""
    name: str = ""

    @cached_property
    def id(self) -> str:
        return template_id(self.text)

    @cached_property
    def shape(self) -> str:
        return _DISPLAY_MARK.sub(lambda mark: PARAMETER if len(mark[0]) == 3 else SPAN, self.text)

    @cached_property
    def pieces(self) -> list[str]:
        """The text between the marks: one piece more than there are parameters."""
        return _MARK.split(self.shape)

    @cached_property
    def expression(self) -> str:
        """What RE2 needs to take the values out of a line, as groups `p0`, `p1` …"""
        literals = [_escape_regex(piece) for piece in self.pieces]
        groups = (f"(?P<p{number}>.*?){literal}" for number, literal in enumerate(literals[1:]))
        return rf"(?s)\A\s*{literals[0].lstrip()}{''.join(groups)}\s*\z"

    def words_in(self, line: str) -> str:
        """The part of a line, which may have a head and a tail around it, that is this template with values for its marks;
        empty where the line does not hold it."""
        marks = _MARK.findall(self.shape)
        # Where the head of the line ends, and its tail begins, nobody says: there one word can be the value's, and no more.
        if self.shape.lstrip().startswith(SPAN) or not "".join(self.pieces).strip():
            return ""
        literals = [_escape_regex(piece) for piece in self.pieces]
        groups = [".*?"] * len(marks)
        if marks and not self.pieces[-1].strip():
            groups[-1], literals[-1] = (r"[^\s\"]+" if marks[-1] == PARAMETER else r"[^\n\"]+"), ""
        if marks and not self.pieces[0].strip():
            # “+0000] "GET /": nobody writes a value that closes what it did not open. Who asked stands before the time.
            groups[0], literals[0] = r"[^\s\"\])}>]+", ""
            if literals[1].startswith(r"\s+") and self.pieces[1].strip():
                groups[0], literals[1] = rf"(?:{groups[0]}\s+)?", literals[1].removeprefix(r"\s+")
        words = literals[0].removeprefix(r"\s+") + "".join(
            map("".join, zip(groups, literals[1:], strict=True))
        )
        pattern = rf"(?s)(?:\A|[^0-9A-Za-z])(?P<words>{words})"
        captures = pc.extract_regex(pa.array([line], pa.string()), pattern=pattern).to_pylist()[0]
        return captures["words"].strip() if captures else ""

    def values(self, lines: pa.Array) -> pa.Array:
        """The parameters of lines of this template as a column of structures; null where a line is none of it."""
        return pc.extract_regex(lines, pattern=self.expression)

    def without_values(self) -> str:
        """As people read it who are not shown a line of it."""
        return _MARK.sub("…", self.shape)

    def fill(self, values: Sequence[str]) -> str:
        """The line with these values."""
        return self.pieces[0] + "".join(
            value + piece for value, piece in zip(values, self.pieces[1:], strict=True)
        )


def _escape_regex(piece: str) -> str:
    return patterns.sub(r"\s+", r"\\s+", patterns.sub(r"([!-/:-@\[-`{-~])", r"\\\1", piece))


@dataclass(frozen=True)
class Constraints:
    """What people decided about templates, by their ids."""

    merges: Mapping[str, str] = field(default_factory=dict)
    """The template that is shown in place of another."""
    splits: frozenset[tuple[str, int]] = frozenset()
    """Parameters whose words make templates of their own: a template's id and the number of the parameter."""
    names: Mapping[str, str] = field(default_factory=dict)

    def target(self, template: str) -> str:
        """Where a template ends up. People who merge in a circle leave it where it was."""
        seen, current = {template}, template
        while (further := self.merges.get(current)) is not None:
            if further in seen:
                return template
            seen.add(further)
            current = further
        return current

    def split_text(self, template: Template, shape: str) -> str:
        """The template of a shape, with the words that are to be told apart written out."""
        numbers = {number for each, number in self.splits if each == template.id}
        words, delimiters, _ = split_tokens(shape)
        tokens = split_tokens(template.shape)
        if not numbers or tokens.delimiters != delimiters or SPAN in template.shape:
            return template.text
        number, filled = 0, []
        for mark, word in zip(tokens.words, words, strict=True):
            own = range(number, number + mark.count(PARAMETER))
            number = own.stop
            filled.append(word if mark == PARAMETER and numbers.intersection(own) else mark)
        pieces = zip(tokens.spacing, (*filled, ""), strict=True)
        return display_text("".join(before + word for before, word in pieces))


class TemplateIndex:
    """Known templates, asked for the one that a shape belongs to: the one that says most about it."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self._literal: defaultdict[Delimiters, dict[tuple[int, ...], dict[Words, Template]]] = defaultdict(
            dict
        )
        self._spanning: list[Template] = []
        for template in sorted(templates, key=lambda each: each.text):
            if SPAN in template.shape:
                self._spanning.append(template)
                continue
            words, delimiters, _ = split_tokens(template.shape)
            places = tuple(position for position, word in enumerate(words) if word != PARAMETER)
            literals = tuple(words[position] for position in places)
            self._literal[delimiters].setdefault(places, {})[literals] = template
        for delimiters, by_places in self._literal.items():
            most_first = sorted(by_places.items(), key=lambda item: (-len(item[0]), item[0]))
            self._literal[delimiters] = dict(most_first)
        self._spanning.sort(key=lambda each: (-sum(map(len, each.pieces)), each.text))

    def find(self, shape: str) -> Template | None:
        words, delimiters, _ = split_tokens(shape)
        for places, by_literals in self._literal.get(delimiters, {}).items():
            template = by_literals.get(tuple(words[position] for position in places))
            if template is not None and _may_hold(places, words, delimiters):
                return template
        return next((each for each in self._spanning if _spans(each.pieces, shape)), None)


def _may_hold(places: tuple[int, ...], words: Words, delimiters: Delimiters) -> bool:
    """Whether words may stand where a template has values. One that is all values takes values only."""
    says_something = any(has_letters(words[position]) for position in places)
    for position in set(range(len(words))).difference(places):
        if not words[position] and (not position or delimiters[position - 1] not in VALUE_OPENERS | {":"}):
            return False
        if not says_something and words[position] != PARAMETER:
            return False
    return True


def _spans(pieces: Sequence[str], shape: str) -> bool:
    """Whether the pieces stand in the shape in this order, from its beginning to its end."""
    first, *between, last = pieces
    if len(shape) < len(first) + len(last) or not (shape.startswith(first) and shape.endswith(last)):
        return False
    position, end = len(first), len(shape) - len(last)
    for piece in between:
        position = shape.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return True
