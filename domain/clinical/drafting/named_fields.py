"""Fields of an examination or of results that what was found names itself: “眼底没看到出血” stands under 眼底.

A value of a name and a side that a field for numbers has in its title stands there: “眼压右15左17” are two.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from domain.clinical.drafting.field_mapping import FieldPlace
from domain.clinical.drafting.note_sentences import NoteSentence
from domain.clinical.grounding import numerals
from domain.clinical.grounding.cross_references import listed_things
from domain.clinical.records.template import Template, TemplateField
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_SECTIONS = frozenset({"physical_exam", "results"})
_DIVISIONS = frozenset({"exam", "results"})
_OF_WORDS = frozenset({"text", "findings", "tests"})
_NUMBER = rf"(?:{numerals.WRITTEN}|{numerals.CHINESE})"
_SIDED = rf"(?P<side>[左右])[眼耳侧]?(?:是|为)?(?P<number>{_NUMBER})"
_VALUE = patterns.compile(_SIDED)
_NAMED_VALUES = patterns.compile(
    rf"(?P<name>[㐀-鿿A-Za-z]{{2,12}}?)(?:(?:{_SIDED.replace('?P<side>', '?:').replace('?P<number>', '?:')}[、 ]?){{1,2}}"
    rf"|(?:是|为)?(?P<alone>{_NUMBER})[㐀-鿿A-Za-z/%]{{0,4}})"
)
_IMAGING = patterns.compile(r"[A-Z]|彩?超|核磁|磁共振|平?片")
_SIDE_OF_TITLE = patterns.compile(r"(?P<side>[左右])[眼耳侧]?")


def by_named_field(
    template: Template, place: FieldPlace, sentence: NoteSentence
) -> list[tuple[FieldPlace, NoteSentence]]:
    """The clauses of a Chinese sentence where they belong; in `place` what names no field, and what goes on about it."""
    if sentence.section not in _SECTIONS or not is_chinese(sentence.text):
        return [(place, sentence)]
    placed: list[tuple[FieldPlace, str]] = []
    for clause in sentence.text.rstrip("。").split("，"):
        if values := list(_values(template, clause)):
            placed += values
            continue
        before = placed[-1][0] if placed and not _is_number(template, placed[-1][0]) else place
        placed.append((_named(template, place, clause) or before, clause))
    if len({own for own, _ in placed}) == 1 and placed[0][0] == place:
        return [(place, sentence)]
    return [
        (own, replace(sentence, text=text, plain=""))
        for own, several in groupby(placed, key=lambda each: each[0])
        for text in (["，".join(text for _, text in several) + "。"])
    ]


def with_number(field: TemplateField, text: str) -> tuple[str, float, str]:
    """Text, number and unit of a value in a field for numbers."""
    number = float(text.rstrip("。"))
    return f"{number:g} {field.unit}".strip(), number, field.unit


def _is_number(template: Template, place: FieldPlace) -> bool:
    field = template.field(*place)
    return field is not None and field.kind == "number"


def _values(template: Template, clause: str) -> Iterator[tuple[FieldPlace, str]]:
    """None unless each value of the clause has a field of its own."""
    named = _NAMED_VALUES.fullmatch(clause)
    if not named:
        return
    values = (
        [("", named["alone"])]
        if named["alone"]
        else [(each["side"], each["number"]) for each in _VALUE.finditer(clause)]
    )
    places = [_number_field(template, named["name"], side) for side, _ in values]
    if all(places):
        for own, (_, number) in zip(places, values, strict=True):
            if own:
                yield own, numerals.read_number(number)


def _number_field(template: Template, name: str, side: str) -> FieldPlace | None:
    found = []
    for place, field in _fields(template, frozenset({"number"})):
        of_side = _SIDE_OF_TITLE.fullmatch(field.title.replace(name, ""))
        if name in field.title and (of_side["side"] if of_side else "") == side:
            found.append(place)
    return found[0] if len(found) == 1 else None


def _named(template: Template, place: FieldPlace, clause: str) -> FieldPlace | None:
    """By the whole title, else by what the hint of a field of the same section lists; the longest name decides."""
    found: list[tuple[int, FieldPlace]] = []
    for own, field in _fields(template, _OF_WORDS):
        # “腹部B超” is no finding of the abdomen.
        if field.title in clause and not _IMAGING.match(clause.partition(field.title)[2]):
            return own
        things = [each for each in listed_things(field) if each in clause] if own[0] == place[0] else []
        found += [(len(each), own) for each in things]
    longest = max((length for length, _ in found), default=0)
    places = [own for length, own in found if length == longest]
    return place if place in places else next(iter(places), None)


def _fields(template: Template, kinds: frozenset[str]) -> Iterator[tuple[FieldPlace, TemplateField]]:
    for section in template.sections:
        if section.division in _DIVISIONS:
            yield from (((section.key, field.key), field) for field in section.fields if field.kind in kinds)
