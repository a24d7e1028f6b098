"""Two figures of a brief in each other's place: 会员 129 元、非会员 99 元 where members pay 99."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from domain.marketing.copy_checks import numbers
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.folding import Span, fold
from llm_backend import patterns

_CLAUSE = patterns.compile(r"(?:[^,，、;；/+。！!?？\n()（）.]|(?<=\d)[.,](?=\d))+")
_NO_LETTERS = patterns.compile(r"[^a-z㐀-鿿]+|(?<![a-z])(?:is|are|for|the|at|and|only|just)(?![a-z])")
_DIGIT = patterns.compile(r"\d")
MAX_LABELS = 60


class LabelledFigure(NamedTuple):
    """The only figure of a clause, and the other words of it."""

    label: str
    figure: tuple[str, str]
    span: Span


def exchanged_figures(plain: str, facts: tuple[Fact, ...]) -> Iterator[tuple[Span, str]]:
    """Clauses of a folded text that name a figure by what the brief names another one by, and the other way round; each
    with the fact.
    """
    known = _known(facts)
    said: dict[str, LabelledFigure] = {}
    for each in _labelled_figures(plain):
        if label := _same_label(each.label, known):
            said.setdefault(label, each)
    for one, other in combinations(said, 2):
        figures = known[one][0], known[other][0]
        if figures[0] != figures[1] and (said[other].figure, said[one].figure) == figures:
            yield said[one].span, known[one][1]
            yield said[other].span, known[other][1]


@lru_cache(maxsize=256)
def _known(facts: tuple[Fact, ...]) -> dict[str, tuple[tuple[str, str], str]]:
    """By what the facts name it, each figure and its fact."""
    known: dict[str, tuple[tuple[str, str], str]] = {}
    for fact in facts:
        said = f"{fact.name}：{fact.value}" if fact.name else fact.value
        for each in _labelled_figures(fold(fact.value).plain):
            label = each.label or _letters(fold(fact.name).plain)
            if label and len(known) < MAX_LABELS:
                known.setdefault(label, (each.figure, said))
    return known


def _labelled_figures(plain: str) -> Iterator[LabelledFigure]:
    for clause in _CLAUSE.finditer(plain):
        found = list(numbers.numbers(clause[0]))
        if len(found) == 1 and (number := found[0]).is_certain:
            # 原价 belongs to its figure, and names it, too.
            digit = _DIGIT.search(clause[0], *number.span)
            start = digit.start() if digit else number.span.start
            label = _letters(f"{clause[0][:start]} {clause[0][number.span.end :]}")
            yield LabelledFigure(label, (number.value, number.unit), Span(*clause.span()))


def _same_label(label: str, known: dict[str, tuple[tuple[str, str], str]]) -> str:
    """会员 is 会员价, and no 非会员."""
    if label in known:
        return label
    begins = (each for each in known if label and (each.startswith(label) or label.startswith(each)))
    return max(begins, key=len, default="")


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)
