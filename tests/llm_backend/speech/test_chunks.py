import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.chunks import LONGEST_CHUNK_SECONDS, Chunk, speech_chunks
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
    assert chunk.start == pytest.approx(80, abs=0.5)
    assert chunk.seconds == pytest.approx(len(sentence) / SAMPLE_RATE, abs=0.7)
    begin = round(chunk.start * SAMPLE_RATE)
    assert np.array_equal(chunk.sound, sound[begin : begin + len(chunk.sound)])


def test_moments_of_what_a_model_hears_are_moments_of_the_recording() -> None:
    chunk = Chunk(start=80.0, sound=sounds.noise(3))
    first_sample = np.flatnonzero(chunk.samples)[0] / SAMPLE_RATE
    assert chunk.moment(first_sample) == pytest.approx(80, abs=0.001)
    assert chunk.moment(first_sample + 2) == pytest.approx(82, abs=0.001)
    assert (chunk.moment(0), chunk.moment(30)) == (80, 83)


def test_talk_without_pauses_is_cut_for_the_model(sentence: Samples) -> None:
    found = list(speech_chunks(blocks(np.tile(sentence, 25))))
    assert len(found) > 3
    assert max(len(chunk.samples) for chunk in found) <= LONGEST_CHUNK_SECONDS * SAMPLE_RATE
    heard = sum(chunk.seconds for chunk in found)
    assert heard == pytest.approx(25 * len(sentence) / SAMPLE_RATE, rel=0.15)


@pytest.mark.parametrize("pause", [1, 2, 5])
def test_what_surrounds_a_pause_of_a_second_does_not_change_what_is_heard(
    pause: float, sentence: Samples
) -> None:
    (alone,) = speech_chunks([sentence])
    whole = np.concatenate([np.concatenate([sentence, sounds.silence(pause)])] * 8)
    found = list(speech_chunks(blocks(whole)))
    assert len(found) == 8
    assert all(np.array_equal(chunk.samples, alone.samples) for chunk in found)


def test_a_quiet_answer_to_a_loud_question_is_kept_whole(sentence: Samples) -> None:
    sound = np.concatenate([sentence, sounds.silence(0.4), sentence * 0.05])
    (chunk,) = speech_chunks([sound])
    assert chunk.seconds == pytest.approx(len(sound) / SAMPLE_RATE, abs=0.7)


@pytest.mark.parametrize("seconds", [1, 7, 60, 200])
def test_chunks_do_not_depend_on_how_the_sound_comes_in(seconds: float, sentence: Samples) -> None:
    sound = np.concatenate([np.concatenate([sentence, sounds.silence(4)])] * 10)
    expected = list(speech_chunks(blocks(sound, 10)))
    found = list(speech_chunks(blocks(sound, seconds)))
    assert [each.start for each in found] == [pytest.approx(each.start, abs=0.001) for each in expected]
    assert all(np.array_equal(one.sound, other.sound) for one, other in zip(found, expected, strict=True))


# In a process of its own. Not getrusage: that counts the parent process before the start too.
READING = r"""
import re, sys
from pathlib import Path
from llm_backend.speech.audio import Recording, in_file
from llm_backend.speech.chunks import speech_chunks
recording = Recording(in_file(Path(sys.argv[1])), max_seconds=3600)
count = sum(1 for _ in speech_chunks(recording.blocks()))
peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
print(count, round(recording.seconds), int(peak) // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_a_recording(sentence: Samples, tmp_path: Path) -> None:
    part = np.concatenate([sentence, sounds.silence(60)])
    found = []
    for repeats in (3, 20):
        path = tmp_path / f"{repeats}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
            file.writeframes((np.tile(part, repeats) * 32767).astype("<i2").tobytes())
        done = subprocess.run(
            [sys.executable, "-c", READING, str(path)], capture_output=True, check=True, text=True
        )
        count, seconds, megabytes = map(int, done.stdout.split())
        assert (count, seconds) == (repeats, round(repeats * len(part) / SAMPLE_RATE))
        found.append(megabytes)
    # Held whole, the longer one would take 70 MB more.
    assert found[1] - found[0] < 25
