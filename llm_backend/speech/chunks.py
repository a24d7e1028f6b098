"""Cuts a recording at its pauses into pieces that a speech model hears at once, and leaves out what is no speech."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from llm_backend.speech.audio import SAMPLE_RATE, Samples

# Whisper hears windows of 30 seconds.
LONGEST_CHUNK_SECONDS = 28.0
# A pause this long always ends a chunk. So what was said before it cannot change what is heard after it, and a
# recording reads the same whether it comes whole or in parts.
PAUSE_SECONDS = 1.0
# What a chunk keeps of the recording around its first and last word: less than half a pause, so nobody else's words.
MARGIN_SECONDS = 0.3
# With it, speech begins exactly one second into what the model hears, wherever it was in the recording. With half
# a second, Whisper base misheard one Chinese character in ten instead of one in thirteen, and what it heard changed
# when the same sound came five milliseconds later.
SILENCE_BEFORE_SECONDS = 0.7
SILENCE_AFTER_SECONDS = 0.2
# Around what sounds like a voice, its loud beginning and end are looked for.
SEARCH_SECONDS = 0.25
LOUD_SHARE = 0.01  # of the highest power: 20 dB below it
# 20 ms: shorter than a sound of speech, longer than a wave of the lowest voice.
POWER_SAMPLES = 320
# Room for one chunk that is complete and the beginning of the next.
WINDOW_SECONDS = 60.0
# Shorter is a click or a cough.
SHORTEST_SPEECH_SECONDS = 0.1

LONGEST_SPEECH_SECONDS = (
    LONGEST_CHUNK_SECONDS - SILENCE_BEFORE_SECONDS - SILENCE_AFTER_SECONDS - 2 * MARGIN_SECONDS
)
MARGIN = int(MARGIN_SECONDS * SAMPLE_RATE)
PAUSE = int(PAUSE_SECONDS * SAMPLE_RATE)
SILENCE_BEFORE = np.zeros(int(SILENCE_BEFORE_SECONDS * SAMPLE_RATE), np.float32)
SILENCE_AFTER = np.zeros(int(SILENCE_AFTER_SECONDS * SAMPLE_RATE), np.float32)
# A voice at the very edge of a file is given the silence that it would have inside a longer one.
EDGE = np.zeros(PAUSE, np.float32)
Span = tuple[int, int]
Stretch = list[Span]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Speech with its short pauses. `start` is where `sound` begins, in seconds of the recording.

    One that is not settled is a piece of speech that goes on: it will be heard again as a part of a whole one.
    """

    start: float
    sound: Samples
    is_settled: bool = True

    @property
    def samples(self) -> Samples:
        """What a model is to hear: at most LONGEST_CHUNK_SECONDS, the same silence around every chunk."""
        return np.concatenate([SILENCE_BEFORE, self.sound, SILENCE_AFTER])

    @property
    def seconds(self) -> float:
        """The length of the chunk without the silence around it."""
        return len(self.sound) / SAMPLE_RATE

    @property
    def end(self) -> float:
        return self.start + self.seconds

    def moment(self, heard_at: float) -> float:
        """Seconds of the recording for seconds of `samples`; inside `sound`, as models place words beyond it too."""
        inside = min(max(heard_at - SILENCE_BEFORE_SECONDS, 0.0), self.seconds)
        return max(0.0, self.start + inside)


def speech_chunks(blocks: Iterable[Samples]) -> Iterator[Chunk]:
    window = Window()
    for block in blocks:
        window.add(block)
        if len(window.samples) >= WINDOW_SECONDS * SAMPLE_RATE:
            yield from window.take_settled()
    yield from window.rest()


class Window:
    """The sound that is not decided yet, `offset` samples from the recording's beginning."""

    def __init__(self, begin: int = 0) -> None:
        self.offset = begin - len(EDGE)
        self.samples = EDGE
        self.stretches: list[Stretch] = []

    @property
    def end(self) -> int:
        return self.offset + len(self.samples)

    @property
    def voices(self) -> list[Span]:
        """Voices of the chunks that may go on, in samples of the recording, as of the last look."""
        return [
            (self.offset + begin, self.offset + end) for voices in self.stretches for begin, end in voices
        ]

    def add(self, block: Samples) -> None:
        self.samples = np.concatenate([self.samples, block])

    def take_settled(self) -> list[Chunk]:
        """Chunks that nothing can change any more."""
        stretches = _speech_spans(self.samples)
        kept_from = _undecided_from(stretches, len(self.samples))
        settled_count = sum(stretch[-1][1] <= kept_from for stretch in stretches)
        chunks = list(islice(_chunks(self.samples, stretches, self.offset), settled_count))
        self.stretches = [
            [(begin - kept_from, end - kept_from) for begin, end in stretch]
            for stretch in stretches[settled_count:]
        ]
        self.offset += kept_from
        self.samples = self.samples[kept_from:]
        return chunks

    def rest(self) -> Iterator[Chunk]:
        self.add(EDGE)
        return _chunks(self.samples, _speech_spans(self.samples), self.offset)

    def between(self, begin: int, end: int) -> Samples:
        return self.samples[max(0, begin - self.offset) : max(0, end - self.offset)]


def _chunks(samples: Samples, stretches: list[Stretch], offset: int) -> Iterator[Chunk]:
    """With a margin on both sides, as far as it is nobody else's."""
    ends = [0, *(stretch[-1][1] for stretch in stretches)]
    begins = [*(stretch[0][0] for stretch in stretches[1:]), len(samples)]
    for stretch, before, after in zip(stretches, ends, begins, strict=False):
        # Never into the next chunk: its words would be heard twice.
        begin = max(before, _loud_part(samples, *stretch[0])[0] - MARGIN)
        end = min(after, _loud_part(samples, *stretch[-1])[1] + MARGIN)
        yield Chunk((offset + begin) / SAMPLE_RATE, samples[begin:end])


def _undecided_from(stretches: list[Stretch], length: int) -> int:
    """From where the sound is looked at again, as the last chunk may go on and a new one may begin."""
    tail = max(0, length - 2 * PAUSE)
    if not stretches or stretches[-1][-1][1] <= tail:
        return tail
    before = stretches[-2][-1][1] if len(stretches) > 1 else 0
    return max(before, stretches[-1][0][0] - PAUSE)


def _speech_spans(samples: Samples) -> list[Stretch]:
    """The voices of each chunk, in sample numbers."""
    if not len(samples):
        return []
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    voice = VadOptions(
        threshold=0.5,
        min_speech_duration_ms=int(SHORTEST_SPEECH_SECONDS * 1000),
        max_speech_duration_s=LONGEST_SPEECH_SECONDS,
        min_silence_duration_ms=300,
        speech_pad_ms=int(SEARCH_SECONDS * 1000),
    )
    stretches: list[Stretch] = []
    for span in get_speech_timestamps(samples, voice):
        begin, end = int(span["start"]), int(span["end"])
        if stretches:
            pause = (begin - stretches[-1][-1][1]) / SAMPLE_RATE + 2 * SEARCH_SECONDS
            length = end - stretches[-1][0][0]
            if pause < PAUSE_SECONDS and length <= LONGEST_SPEECH_SECONDS * SAMPLE_RATE:
                stretches[-1].append((begin, end))
                continue
        stretches.append([(begin, end)])
    return stretches


def _loud_part(samples: Samples, begin: int, end: int) -> Span:
    """Voices are found in steps of 32 ms from the start of the file. Cut by these steps, the same words would begin
    at another sample in another file, and Whisper would now and then hear something else.
    """
    sums = np.cumsum(np.square(samples[begin:end], dtype=np.float64))
    power = sums[POWER_SAMPLES:] - sums[:-POWER_SAMPLES]
    loud = np.flatnonzero(power > LOUD_SHARE * power.max(initial=0))
    if not len(loud):
        return begin, end
    return begin + int(loud[0]), begin + int(loud[-1]) + POWER_SAMPLES
