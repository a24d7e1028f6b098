"""A figure given to what its fact gives another one to: 周末 398 元 where that is the price of weekdays."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from domain.marketing.copy_checks import numbers
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.folding import Span, fold
from domain.marketing.copy_checks.stances import WORD, head_of, stem
from llm_backend import patterns

_CLAUSE = patterns.compile(r"(?:[^,，、;；/+。！!?？\n()（）.]|(?<=\d)[.,](?=\d))+")
# 周末及节假日 are two that one figure is of.
_JOINED = patterns.compile(r"[及和与或]|(?<![a-z])(?:and|or)(?![a-z])")
_OTHERS = patterns.compile(r"(?:[非不]|non-? ?)$")
_DIGIT = patterns.compile(r"\d")
_PRICE_OF = patterns.compile(r"(?<=[㐀-鿿]{2})票?价")

Figure = tuple[str, str]
Label = frozenset[str]


class LabelledFigures(NamedTuple):
    """A clause of a fact: the figures in it, what they are of, which none of its other clauses names, and the days."""

    labels: tuple[Label, ...]
    figures: frozenset[Figure]
    days: frozenset[int] = frozenset()

    def holds_other_than(self, figure: Figure) -> bool:
        return figure not in self.figures and any(unit == figure[1] for _, unit in self.figures)


class Contrast(NamedTuple):
    """A fact that gives several figures, as it stands in the brief."""

    said: str
    parts: tuple[LabelledFigures, ...]


def misplaced_figures(plain: str, facts: tuple[Fact, ...]) -> Iterator[tuple[Span, str]]:
    """Clauses of a folded text that do so; each with the fact."""
    contrasts = _contrasts(facts)
    for clause in _CLAUSE.finditer(plain) if contrasts else ():
        figures, _ = _numbers_in(clause[0])
        for figure in figures:
            holding = [each for each in contrasts if any(figure in part.figures for part in each.parts)]
            # Of what several facts say, nobody knows which one is meant.
            if len(holding) == 1 and (
                _is_crossed(figures, holding[0].parts) or _is_misplaced(clause[0], figure, holding[0].parts)
            ):
                yield Span(*clause.span()), holding[0].said


def _is_crossed(figures: frozenset[Figure], parts: Sequence[LabelledFigures]) -> bool:
    """7 天 18 元 where 3 天 are 18 元, and 7 天 36 元."""
    touched = [(there, part.figures) for part in parts if (there := part.figures & figures)]
    units = [unit for there, _ in touched for _, unit in there]
    return len(touched) > 1 and len(units) == len(set(units)) and all(there < own for there, own in touched)


def _is_misplaced(clause: str, figure: Figure, parts: Sequence[LabelledFigures]) -> bool:
    if _is_of_other_days(numbers.days_named(clause), figure, parts):
        return True
    own = [part.labels for part in parts if figure in part.figures]
    others = [part.labels for part in parts if part.holds_other_than(figure)]
    is_named = all(labels and not any(_named(clause, label, 1) for label in labels) for labels in own)
    return is_named and any(_named(clause, label, len(label)) for labels in others for label in labels)


def _is_of_other_days(days: frozenset[int], figure: Figure, parts: Sequence[LabelledFigures]) -> bool:
    """A Saturday for what weekdays cost, where weekends cost something else."""
    own = [part.days for part in parts if figure in part.figures]
    others = [part.days for part in parts if part.holds_other_than(figure)]
    return bool(
        days
        and own
        and all(each and not each & days for each in own)
        and any(days <= each for each in others)
    )


def _named(clause: str, label: Label, fewest: int) -> bool:
    """Whether so many words of it stand there; 非会员 are no 会员."""
    words = {stem(word) for word in WORD.findall(clause)}
    return sum(1 for word in label if word in words or _stands(clause, word)) >= fewest


def _stands(clause: str, word: str) -> bool:
    place = clause.find(word) if not word.isascii() else -1
    return place >= 0 and not _OTHERS.search(clause[:place])


@lru_cache(maxsize=256)
def _contrasts(facts: tuple[Fact, ...]) -> tuple[Contrast, ...]:
    """All facts with figures; those of one clause only to know that they hold a figure, too."""
    return tuple(
        Contrast(f"{fact.name}：{fact.value}" if fact.name else fact.value, parts)
        for fact in facts
        if (parts := _parts(fold(fact.value).plain))
    )


def _parts(value: str) -> tuple[LabelledFigures, ...]:
    clauses = [
        (figures, rest, numbers.days_named(clause[0]))
        for clause in _CLAUSE.finditer(value)
        for figures, rest in [_numbers_in(clause[0])]
    ]
    several = [
        (figures, [_words(each) for each in _JOINED.split(rest)], days)
        for figures, rest, days in clauses
        if figures
    ]
    common = frozenset.intersection(*(frozenset().union(*each[1]) for each in several)) if several else ()
    return tuple(
        LabelledFigures(tuple(rest for label in labels if (rest := label.difference(common))), figures, days)
        for figures, labels, days in several
    )


def _words(text: str) -> Label:
    return frozenset(head_of(_PRICE_OF.sub("", text)).parts)


def _numbers_in(clause: str) -> tuple[frozenset[Figure], str]:
    """By value and unit, with times of day; and the clause without them."""
    letters = list(clause)
    moments = numbers.moments(clause, reads_spoken=True)
    for moment in moments:
        _blank(letters, moment.span)
    found = [each for each in numbers.numbers("".join(letters)) if each.is_certain]
    for number in found:
        # 原价 belongs to its figure, and names it, too.
        digit = _DIGIT.search(clause, *number.span)
        _blank(letters, Span(digit.start() if digit else number.span.start, number.span.end))
    for _, span in numbers.weekdays("".join(letters)):
        _blank(letters, span)
    times = {(f"{each.first}:{each.second}", "clock") for each in moments if each.is_clock}
    return frozenset(times | {(each.value, each.unit) for each in found}), "".join(letters)


def _blank(letters: list[str], span: Span) -> None:
    letters[span.start : span.end] = " " * (span.end - span.start)
