"""What the reader learns from: questions, each with windows of text among which the sentence that answers stands, or not.

Two kinds of files are read: handbooks (`benchmarks/handbook_files.py`), and *reading sets*: JSON lines with `question`,
`heading`, `passage` and `answers` (text, character offset).
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import handbook_files
from benchmarks.labelled_files import json_rows
from domain.text.answer_sentences.reader import Passage
from llm_backend.engines import e5_int8
from llm_backend.engines.e5_int8 import Passages, Tokeniser
from llm_backend.sentences import sentences

# Roughly in tokens, without question and heading.
WINDOW_LENGTH = 130
# Of the answered questions, how many have their answer taken out; of the rivals, how many are not of the nearest.
TAKEN_OUT, FURTHER_DOWN = 0.25, 0.2


@dataclass(frozen=True)
class Question:
    """`marked`: (window, sentence) of what answers; of a near question, of what tempts."""

    kind: str
    wordings: tuple[str, ...]
    marked: frozenset[tuple[int, int]]

    @property
    def is_answerable(self) -> bool:
        return self.kind in handbook_files.ANSWERABLE


@dataclass(frozen=True)
class Book:
    """`id`: what is held out is held out by this."""

    id: str
    windows: tuple[Passage, ...]
    questions: tuple[Question, ...]


def books(folder: Path) -> Iterator[Book]:
    for path in sorted(folder.glob("*.json")):
        file = handbook_files.read(path)
        headed = ((f"{file.title} › {each['heading']}", tuple(each["sentences"])) for each in file.sections)
        questions = []
        for each in file.questions:
            marked = frozenset((each["section"], sentence) for sentence in each["sentences"])
            for _language, wordings in handbook_files.texts_by_language(each, file.language):
                questions.append(Question(each["kind"], tuple(wordings), marked))
        yield Book(path.stem, tuple(Passage(*each) for each in headed), tuple(questions))


def reading_set(path: Path, *, limit: int | None = None) -> Book:
    """A file of questions with their passages, as one book: each passage is as many windows as it takes, about as long as
    those of a handbook."""
    rows = json_rows(path)[:limit]
    cuts: dict[str, list[tuple[int, int, int]]] = {}
    windows: list[Passage] = []
    questions: list[Question] = []
    for row in rows:
        if row["passage"] not in cuts:
            cuts[row["passage"]] = list(_cut(row["heading"], row["passage"], windows))
        begin = row["answers"][0]["start"]
        starting = [(window, number) for start, window, number in cuts[row["passage"]] if start <= begin]
        marked = frozenset(starting[-1:] or [cuts[row["passage"]][0][1:]])
        questions.append(Question("answer", (row["question"],), marked))
    return Book(path.stem, tuple(windows), tuple(questions))


def _cut(heading: str, text: str, windows: list[Passage]) -> Iterator[tuple[int, int, int]]:
    """Adds the windows of a passage. Of each sentence: its offset, its window, and its number in that."""
    some: list[str] = []
    for each in sentences(text):
        if sum(_length(one) for one in [*some, each.text]) > WINDOW_LENGTH and some:
            windows.append(Passage(heading, tuple(some)))
            some = []
        yield each.start, len(windows), len(some)
        some.append(each.text)
    windows.append(Passage(heading, tuple(some)))


def _length(text: str) -> float:
    """In tokens, roughly: a Latin letter takes a quarter of one, any other character most of one."""
    return sum(0.25 if character.isascii() else 0.75 for character in text)


@dataclass(frozen=True)
class Example:
    """Passages that are read beside each other, and which sentences answer: none where nothing does."""

    question: str
    windows: tuple[Passage, ...]
    right: frozenset[tuple[int, int]]


def example(
    question: Question,
    wording: int,
    book: Book,
    ranked: Sequence[int],
    chance: random.Random,
    *,
    windows: int,
) -> Example:
    """The marked window among its rivals. `ranked`: windows of the book, nearest to this wording first. Of some that are
    answered (`TAKEN_OUT`) the answer is taken out: its sentences, or the whole window.
    """
    marked = {window for window, _ in question.marked}
    right = question.marked if question.is_answerable else frozenset()
    missing: frozenset[tuple[int, int]] = frozenset()
    if right and chance.random() < TAKEN_OUT:
        missing, right = right, frozenset()
        if chance.random() < 0.5:
            ranked = [window for window in ranked if window not in marked]
            marked, missing = set(), frozenset()
    rivals = [window for window in ranked if window not in marked]
    # Mostly the nearest, now and then one that stands further down.
    near, far = rivals[: windows - len(marked)], rivals[windows - len(marked) : 4 * windows]
    near = [chance.choice(far) if far and chance.random() < FURTHER_DOWN else each for each in near]
    chosen = list(dict.fromkeys([*marked, *near]))
    chance.shuffle(chosen)
    shown, answers = list[Passage](), set[tuple[int, int]]()
    for window in chosen:
        passage = book.windows[window]
        kept = [number for number in range(len(passage.sentences)) if (window, number) not in missing]
        if kept:
            right_places = (place for place, number in enumerate(kept) if (window, number) in right)
            answers |= {(len(shown), place) for place in right_places}
            shown.append(Passage(passage.heading, tuple(passage.sentences[number] for number in kept)))
    return Example(question.wordings[wording], tuple(shown), frozenset(answers))


Floats = np.ndarray[Any, np.dtype[np.float32]]
MOST_RANKED = 24


class Vectors:
    """Of texts that were seen before they are read from `cache`, which may be deleted at any time."""

    def __init__(self, weights: Path, cache: Path, *, threads: int) -> None:
        self._passages = Passages(weights, threads=threads)
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._kept("passage", texts, self._passages.vectors)

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


def ranked_windows(book: Book, vectors: Vectors) -> list[list[list[int]]]:
    """Of each question, of each of its wordings: the numbers of the nearest windows, nearest first, by the cosines of their
    best sentence and of the whole.
    """
    texts = [f"{window.heading}\n{' '.join(window.sentences)}" for window in book.windows]
    by_window = vectors.passages(texts)
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
