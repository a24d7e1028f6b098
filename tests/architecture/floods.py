"""Hostile texts: what makes a pattern or a loop slow is one kind of character, or its own words, again and again."""

import re
import re._constants as kinds
import re._parser as parser
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from types import FrameType
from typing import Any

SINGLE = [*"\n\t \u3000\r09a\u00e9A汉一。，,.!?:;-_—()[]{}<>/\\'\"“”&#*+=%$@~|`^\x1b\u200b１"]
PAIRED = [" ", "\n", "0", "a", "汉", ",", ".", "-", "(", "<"]
PHRASES = [
    *(
        "<!---->",
        "<!--",
        "<a ",
        "<![",
        "</",
        "[1]",
        "[1",
        "1.",
        "1,000",
        "1:",
        "1 day ",
        "one ",
        "百分之",
        "三天",
        "a@",
        "a.a@",
    ),
    *(
        "http://",
        "not ",
        "no, ",
        "不",
        "没有",
        "and ",
        "I'm ",
        "A b",
        "Dr. ",
        "。\n",
        "医生：",
        "Doctor: ",
        "左右",
        "wrote:\n",
        "> ",
    ),
    *("2026-1-1", "十点", "\\u", "{{", "a\u0301", "\u0301\u0323", "\U0001f600", "\r\n"),
]
# Nothing asks for it: a pattern that is nearly through has to go back.
END = "\u0007x"


def floods(length: int) -> Iterator[str]:
    pairs = ("".join(pair) for pair in combinations(PAIRED, 2))
    for piece in (*SINGLE, *pairs, *PHRASES):
        yield (piece * (length // len(piece) + 1))[:length] + END
    for start in ("a", "汉", "1", "<", "“", "["):
        for run in (" ", "\n", "a", "1", "汉", "-"):
            yield start + run * (length // 2) + start + run * (length // 2) + END


def own_floods(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """What leads to each repetition of the pattern, then what it repeats; and both together, repeated."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    for lead, pump in set(_repetitions(parser.parse(text, pattern.flags & ~re.UNICODE), "")):
        if pump:
            yield lead + pump * (length // len(pump)) + END
            yield (lead + pump * 3) * (length // len(lead + pump * 3)) + END
            yield (lead + " ") * (length // (len(lead) + 1)) + END


def _repetitions(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    for kind, value in tree:
        for branch in _branches(kind, value):
            yield from _repetitions(branch, lead)
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT) and value[1] > 8:
            yield lead, _sample(value[2])
        lead += _sample([(kind, value)])


def _branches(kind: Any, value: Any) -> list[Any]:
    if kind is kinds.BRANCH:
        return list(value[1])
    if kind is kinds.SUBPATTERN:
        return [value[3]]
    if kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        return [value[1]]
    if kind is kinds.ATOMIC_GROUP:
        return [value]
    return [value[2]] if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT) else []


_OF_CATEGORY = {
    kinds.CATEGORY_DIGIT: "1",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_NOT_DIGIT: "a",
    kinds.CATEGORY_NOT_SPACE: "a",
    kinds.CATEGORY_NOT_WORD: " ",
}


def _sample(tree: Any) -> str:
    """A short text that fits; good enough to lead to what comes after it."""
    written = ""
    for kind, value in tree:
        if kind is kinds.LITERAL:
            written += chr(value)
        elif kind is kinds.IN:
            written += _member(value)
        elif kind in (kinds.ANY, kinds.NOT_LITERAL):
            written += "a"
        elif kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
            written += _sample(value[2]) * min(value[0], 30)
        elif kind not in (kinds.ASSERT, kinds.ASSERT_NOT) and (branches := _branches(kind, value)):
            written += _sample(branches[0])
    return written


def _member(members: Any) -> str:
    if members[0][0] is kinds.NEGATE:
        taken = {value for kind, value in members if kind is kinds.LITERAL}
        return next(each for each in "a x1汉" if ord(each) not in taken)
    kind, value = members[0]
    if kind is kinds.CATEGORY:
        return _OF_CATEGORY[value]
    return chr(value[0] if kind is kinds.RANGE else value)


class TooSlow(Exception):
    """Whatever ran was stopped."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Stops what runs after so much time of the processor; `re` looks for signals while it matches."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def cpu_seconds(run: Callable[[], object], *, at_most: float) -> float:
    """How long it took the processor; `at_most` where it was stopped."""
    began = time.thread_time()
    try:
        with cpu_limit(at_most):
            run()
    except TooSlow:
        return at_most
    return time.thread_time() - began
