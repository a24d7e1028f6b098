"""Which windows of a book lie nearest to a question, by the cosines of their best sentence and of the whole."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.reader_training.examples import Book
from domain.text.answer_sentences.reader import Passage
from llm_backend.engines import e5_int8
from llm_backend.engines.e5_int8 import Passages, Tokeniser

Floats = np.ndarray[Any, np.dtype[np.float32]]
MOST_RANKED = 24


class Vectors:
    """Of texts that were seen before they are read from `cache`, which may be deleted at any time."""

    def __init__(self, weights: Path, cache: Path, *, threads: int) -> None:
        self._passages = Passages(weights, threads=threads)
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._kept("passage", texts, lambda some: self._passages.vectors(some))

    def questions(self, texts: Sequence[str]) -> Floats:
        return self._kept("query", texts, lambda some: self._passages.vectors(some, prefix=e5_int8.QUERY))

    @property
    def tokeniser(self) -> Tokeniser:
        return self._passages.tokeniser

    def _kept(self, kind: str, texts: Sequence[str], compute: Any) -> Floats:
        digest = hashlib.sha256("\0".join([kind, *texts]).encode()).hexdigest()[:24]
        path = self._cache / f"{digest}.npy"
        if not path.exists():
            np.save(path, np.asarray(compute(texts), dtype=np.float16))
        return np.load(path).astype(np.float32)  # type: ignore[no-any-return]


def text_of(window: Passage) -> str:
    return f"{window.heading}\n{' '.join(window.sentences)}"


def ranked_windows(book: Book, vectors: Vectors) -> list[list[list[int]]]:
    """Of each question, of each of its wordings: the numbers of the nearest windows, nearest first."""
    by_window = vectors.passages([text_of(window) for window in book.windows])
    wordings = [wording for question in book.questions for wording in question.wordings]
    asked = vectors.questions(wordings)
    scores = asked @ by_window.T
    if len(book.windows) < 100:
        places = [number for number, window in enumerate(book.windows) for _ in window.sentences]
        texts = [f"{window.heading}\n{text}" for window in book.windows for text in window.sentences]
        by_sentence = asked @ vectors.passages(texts).T
        best = np.full_like(scores, -1.0)
        np.maximum.at(best.T, np.array(places), by_sentence.T)
        scores = scores + best
    nearest = np.argsort(-scores, axis=1, kind="stable")[:, :MOST_RANKED]
    rows = iter(nearest.tolist())
    return [[next(rows) for _ in question.wordings] for question in book.questions]
