"""Sound that is still being recorded: read as it comes, cut as the whole recording is cut."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from llm_backend.speech import errors
from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.chunks import Chunk, speech_chunks
from llm_backend.speech.live_chunks import Block, live_chunks
from llm_backend.speech.streaming_source import RecordingPaused, SourceState, StreamingRecording
from tests.llm_backend.speech import sounds

SENTENCE = "The order was shipped on Monday and will arrive in three days."


@dataclass
class Spoken:
    """Grows by `step` bytes each time somebody looks."""

    content: bytes
    step: int
    pauses_at: int | None = None
    given: list[int] = field(default_factory=lambda: [0])

    def grown(self) -> SourceState:
        length = min(len(self.content), self.given[-1] + self.step)
        if self.pauses_at is not None and length > self.pauses_at:
            return SourceState(self.given[-1], is_paused=True)
        self.given.append(length)
        return SourceState(length, is_ended=self.given[-2] == len(self.content))

    def open(self, length: int) -> BinaryIO:
        return io.BytesIO(self.content[:length])


def recorded(sound: sounds.Sound, directory: Path, kind: str = "webm") -> bytes:
    return sounds.save(sound, directory / f"spoken.{kind}").read_bytes()


def heard(spoken: Spoken, *, begin: float = 0.0) -> tuple[StreamingRecording, Samples]:
    recording = StreamingRecording(spoken, max_seconds=3600)
    return recording, np.concatenate([block.samples for block in recording.blocks(begin=begin)])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["webm", "ogg", "mp3", "wav", "flac"])
@pytest.mark.parametrize("step", [2000, 20_000])
def test_all_of_it_is_heard_however_it_comes(kind: str, step: int, tmp_path: Path) -> None:
    recording, samples = heard(Spoken(recorded(sounds.music(1), tmp_path, kind), step))

    assert len(samples) / SAMPLE_RATE == pytest.approx(1, abs=0.15)
    assert recording.seconds == pytest.approx(1, abs=0.15)
    assert np.sqrt(np.mean(samples**2)) > 0.02
    assert not recording.is_damaged


@pytest.mark.slow
@pytest.mark.parametrize("step", [400, 999, 100_000])
def test_what_a_reload_appended_follows(step: int, tmp_path: Path) -> None:
    content = recorded(sounds.music(0.6), tmp_path) + recorded(sounds.music(0.3), tmp_path)

    recording, _samples = heard(Spoken(content, step))

    assert recording.seconds == pytest.approx(0.9, abs=0.15)


@pytest.mark.slow
def test_a_damaged_take_ends_and_the_next_one_is_heard(tmp_path: Path) -> None:
    take = recorded(sounds.music(2), tmp_path)
    content = take[:3000] + take[:40] + b"\x00" * 500 + take

    recording, _samples = heard(Spoken(content, 4000))

    assert 2 < recording.seconds < 4
    assert recording.is_damaged


@pytest.mark.slow
def test_it_can_be_gone_on_with_from_any_second(tmp_path: Path) -> None:
    content = recorded(sounds.music(4), tmp_path)
    _recording, whole = heard(Spoken(content, 5000))

    recording, rest = heard(Spoken(content, 5000), begin=2.5)

    assert np.array_equal(rest, whole[int(2.5 * SAMPLE_RATE) :])
    assert recording.seconds == pytest.approx(4, abs=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"short", b"These are the minutes of a meeting. " * 100])
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(errors.AudioUnreadable):
        heard(Spoken(content, 1000))


def test_a_pause_lets_go_of_the_decoder(tmp_path: Path) -> None:
    spoken = Spoken(recorded(sounds.music(3), tmp_path), 2000, pauses_at=6000)

    with pytest.raises(RecordingPaused):
        heard(spoken)

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decoder")]


def test_too_much_is_refused_as_soon_as_it_is_known(tmp_path: Path) -> None:
    recording = StreamingRecording(Spoken(recorded(sounds.music(5), tmp_path), 100_000), max_seconds=2)

    with pytest.raises(errors.AudioTooLong):
        list(recording.blocks())


def arriving(sound: Samples, seconds: float = 1.0) -> Iterator[Block]:
    size = int(seconds * SAMPLE_RATE)
    for begin in range(0, len(sound), size):
        yield Block(sound[begin : begin + size], is_newest=True)


@pytest.fixture
def sentence(_voice: None, tmp_path: Path) -> Samples:
    return sounds.spoken(SENTENCE, tmp_path)


@pytest.mark.parametrize("pause", [0.3, 1.2, 4])
def test_what_is_settled_is_cut_as_the_whole_recording_is(pause: float, sentence: Samples) -> None:
    sound = np.concatenate([np.concatenate([sentence, sounds.silence(pause)])] * 12)
    whole = list(speech_chunks([sound]))

    settled = [chunk for chunk in live_chunks(arriving(sound)) if chunk.is_settled]

    assert [chunk.start for chunk in settled] == [pytest.approx(each.start, abs=0.05) for each in whole]
    assert [chunk.seconds for chunk in settled] == [pytest.approx(each.seconds, abs=0.05) for each in whole]


def test_talk_without_a_pause_is_shown_within_seconds(sentence: Samples) -> None:
    sound = np.tile(sentence, 12)
    shown: list[Chunk] = []
    lags = []

    def spoken() -> Iterator[Block]:
        for number, block in enumerate(arriving(sound), start=1):
            yield block
            reached = max([chunk.end for chunk in shown], default=0.0)
            lags.append(number - reached)

    for chunk in live_chunks(spoken()):
        shown.append(chunk)

    assert max(lags) < 6
    early = [chunk for chunk in shown if not chunk.is_settled]
    assert all(0.5 < chunk.seconds < 8 for chunk in early)
    assert all(before.end <= after.start + 0.01 for before, after in pairwise(early))


def test_the_last_words_are_shown_when_nothing_more_comes(sentence: Samples) -> None:
    half = sentence[: 2 * SAMPLE_RATE]
    chunks = live_chunks(
        iter([Block(half, is_newest=True), Block(half[:0], is_newest=True, is_stalled=True)])
    )

    first = next(chunks)

    assert not first.is_settled
    assert first.seconds > 1


def test_what_waits_is_heard_whole_and_not_in_pieces(sentence: Samples) -> None:
    sound = np.concatenate([np.concatenate([sentence, sounds.silence(2)])] * 5)

    chunks = list(live_chunks(Block(block.samples) for block in arriving(sound, 10)))

    assert all(chunk.is_settled for chunk in chunks)


@pytest.mark.parametrize("sound", [sounds.silence(40), sounds.noise(40)])
def test_silence_and_noise_show_nothing(sound: Samples) -> None:
    assert list(live_chunks(arriving(sound))) == []


# In a process of its own. Not getrusage: that counts the parent process before the start too.
FOLLOWING = r"""
import io, re, sys
from pathlib import Path
from llm_backend.speech.streaming_source import StreamingRecording, SourceState
path = Path(sys.argv[1])
class Whole:
    def grown(self): return SourceState(path.stat().st_size, is_ended=True)
    def open(self, length): return path.open("rb")
recording = StreamingRecording(Whole(), max_seconds=4 * 3600)
for _block in recording.blocks(): pass
peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]
print(round(recording.seconds), int(peak) // 1024)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    """The pieces that were decoded and not yet heard are the most that lies in memory."""
    found = []
    for hours in (0.05, 0.3):
        path = tmp_path / f"{hours}.mp3"
        second = sounds.save(sounds.noise(36), tmp_path / "part.mp3").read_bytes()
        path.write_bytes(second * round(hours * 100))
        done = subprocess.run(
            [sys.executable, "-c", FOLLOWING, str(path)], capture_output=True, check=True, text=True
        )
        seconds, megabytes = map(int, done.stdout.split())
        assert seconds == pytest.approx(hours * 3600, rel=0.03)
        found.append(megabytes)
    # Held whole, the longer one would take 58 MB more.
    assert found[1] - found[0] < 30
