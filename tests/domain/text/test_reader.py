"""What a reader reads at once, and what becomes of its adapter."""

import time
from pathlib import Path

import numpy as np
import pytest

from domain.text.answer_sentences import reader
from domain.text.answer_sentences.reader import Passage, Reader
from llm_backend.engines import e5_file
from llm_backend.engines.e5_file import WEIGHTS
from llm_backend.engines.e5_int8 import Tokeniser

QUESTION = "When may I return opened tea?"


@pytest.fixture(scope="module")
def tokeniser() -> Tokeniser:
    return Tokeniser(e5_file.read(WEIGHTS))


def test_every_sentence_of_a_long_passage_is_read_within_the_limit(tokeniser: Tokeniser) -> None:
    sentences = [f"Sentence {number} says what holds for parcel number {number * 7}." for number in range(60)]

    windows = list(reader.windows(tokeniser, QUESTION, Passage("Returns", sentences)))

    assert len(windows) > 2
    assert all(len(window.tokens) <= reader.MAX_TOKENS for window in windows)
    assert {number for window in windows for number, _, _ in window.places} == set(range(60))
    shared = {number for number, _, _ in windows[0].places} & {number for number, _, _ in windows[1].places}
    assert len(shared) == 1


@pytest.mark.slow
def test_of_a_passage_without_end_the_beginning_is_read_and_the_rest_is_beside_the_point(
    tmp_path: Path,
) -> None:
    long = Passage("Cell", ["Tea is kept dry. " * 20_000, *(f"Line {number}." for number in range(5_000))])
    counted = Reader(WEIGHTS, adapter(tmp_path, 0.0))
    begun = time.process_time()

    [relevances] = counted.relevances(QUESTION, [long])

    assert time.process_time() - begun < 10
    assert len(relevances) == 5_001
    assert np.isfinite(relevances).all()
    assert relevances[-1] == reader.UNREAD
    assert relevances[1] != reader.UNREAD


def test_a_sentence_longer_than_a_window_is_cut_and_the_rest_still_read(tokeniser: Tokeniser) -> None:
    windows = list(reader.windows(tokeniser, "问" * 400, Passage("退货" * 200, ["长" * 900, "七天内可退。"])))

    longest = reader.MAX_TOKENS + reader.MAX_QUESTION_TOKENS
    assert all(len(window.tokens) <= longest for window in windows)
    assert {number for window in windows for number, _, _ in window.places} == {0, 1}


@pytest.mark.parametrize("told", ["他们说要等一等。" * 8, "他们说要等一等。" * 200])
def test_of_a_long_story_what_it_is_about_and_the_question_at_its_end_are_read(
    tokeniser: Tokeniser, told: str
) -> None:
    [window] = reader.windows(
        tokeniser, f"我上周买了一个杯子。{told}能退吗", Passage("退货", ["七天内可退。"])
    )

    for part in ("query: 我上周买了一个杯子", "能退吗"):
        ids = tokeniser.ids(part)[-3:]
        assert any(ids == window.tokens[start : start + 3] for start in range(len(window.tokens)))


def test_places_are_those_of_the_sentences(tokeniser: Tokeniser) -> None:
    passage = Passage("Returns", ["Within seven days.", "Postage is yours."])

    [window] = reader.windows(tokeniser, QUESTION, passage)

    for number, start, end in window.places:
        assert window.tokens[start:end] == tokeniser.ids(passage.sentences[number])


@pytest.mark.slow
def test_an_adapter_changes_what_is_read_and_none_of_no_size_does_not(tmp_path: Path) -> None:
    passages = [Passage("Returns", ["Tea can be returned.", "Postage is yours."]), Passage("Empty", [])]
    plain, learnt = (Reader(WEIGHTS, adapter(tmp_path, size)) for size in (0.0, 0.5))

    of_plain, of_learnt = (each.relevances(QUESTION, passages) for each in (plain, learnt))

    assert [len(each) for each in of_plain] == [2, 0]
    assert np.isfinite(of_plain[0]).all()
    assert np.abs(np.array(of_plain[0]) - of_learnt[0]).max() > 0.01


def adapter(folder: Path, size: float) -> Path:
    """A difference of rank one in one matrix, and a head."""
    chance = np.random.default_rng(1)
    path = folder / f"{size}.npz"
    np.savez(
        path,
        **{
            "head": chance.normal(size=(384, 2)).astype(np.float16),
            "offset": np.zeros(1, dtype=np.float16),
            "l11.fo.down": chance.normal(size=(1, 1536)).astype(np.float16),
            "l11.fo.up": (size * chance.normal(size=(384, 1))).astype(np.float16),
        },
    )
    return path
