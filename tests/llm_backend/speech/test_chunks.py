from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.chunks import LONGEST_CHUNK_SECONDS, speech_chunks
from tests.llm_backend.speech import sounds

SENTENCE = "The order was shipped on Monday and will arrive in three days."


def blocks(sound: Samples, seconds: float = 10) -> Iterator[Samples]:
    size = int(seconds * SAMPLE_RATE)
    for start in range(0, len(sound), size):
        yield sound[start : start + size]


@pytest.fixture
def sentence(_voice: None, tmp_path: Path) -> Samples:
    return sounds.spoken(SENTENCE, tmp_path)


@pytest.mark.parametrize(
    "sound", [sounds.silence(70), sounds.noise(70), sounds.noise(10, loudness=0.5), sounds.silence(0)]
)
def test_silence_and_noise_have_no_speech(sound: Samples) -> None:
    assert list(speech_chunks(blocks(sound))) == []


def test_a_sentence_is_found_where_it_is(sentence: Samples) -> None:
    sound = np.concatenate([sounds.silence(80), sentence, sounds.silence(5)])
    (chunk,) = speech_chunks(blocks(sound))
    assert chunk.start == pytest.approx(80, abs=0.8)
    assert chunk.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=1.5)
    begin = round(chunk.start * SAMPLE_RATE)
    assert np.array_equal(chunk.samples, sound[begin : begin + len(chunk.samples)])


def test_talk_without_pauses_is_cut_for_the_model(sentence: Samples) -> None:
    found = list(speech_chunks(blocks(np.tile(sentence[::1], 25))))
    assert len(found) > 3
    assert max(chunk.seconds for chunk in found) <= LONGEST_CHUNK_SECONDS
    heard = sum(chunk.seconds for chunk in found)
    assert heard == pytest.approx(25 * len(sentence) / SAMPLE_RATE, rel=0.15)


def test_what_follows_a_long_pause_does_not_depend_on_what_came_before(sentence: Samples) -> None:
    alone = np.concatenate([sounds.silence(3), sentence, sounds.silence(3)])
    (single,) = speech_chunks(blocks(alone))
    both = list(speech_chunks(blocks(np.concatenate([alone, alone]))))
    assert [len(chunk.samples) for chunk in both] == pytest.approx([len(single.samples)] * 2, abs=1600)


@pytest.mark.parametrize("seconds", [1, 7, 60, 200])
def test_chunks_do_not_depend_on_how_the_sound_comes_in(seconds: float, sentence: Samples) -> None:
    sound = np.concatenate([np.concatenate([sentence, sounds.silence(4)])] * 10)
    expected = [(chunk.start, chunk.seconds) for chunk in speech_chunks(blocks(sound, 10))]
    found = [(chunk.start, chunk.seconds) for chunk in speech_chunks(blocks(sound, seconds))]
    assert found == [pytest.approx(each, abs=0.1) for each in expected]
