"""Cuts a recording at its pauses into pieces that a speech model hears at once, and leaves out what is no speech."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps

from llm_backend.speech.audio import SAMPLE_RATE, Samples

# Whisper hears windows of 30 seconds.
LONGEST_CHUNK_SECONDS = 28.0
# A pause this long always ends a chunk. So what was said before it cannot change what is heard after it, and a
# recording reads the same whether it comes whole or in parts.
PAUSE_SECONDS = 1.5
# With 0.3 s around it, one more word in thirty was misheard.
PADDING_SECONDS = 0.5
# Around what sounds like a voice, its loud beginning and end are looked for.
SEARCH_SECONDS = 0.7
LOUD_SHARE = 0.01  # of the chunk's highest power: 20 dB below it
POWER_SAMPLES = 320
# Room for one chunk that is complete and the beginning of the next.
WINDOW_SECONDS = 60.0
# Shorter is a click or a cough.
SHORTEST_SPEECH_SECONDS = 0.1

VOICE = VadOptions(
    threshold=0.5,
    min_speech_duration_ms=int(SHORTEST_SPEECH_SECONDS * 1000),
    max_speech_duration_s=LONGEST_CHUNK_SECONDS,
    min_silence_duration_ms=300,
    speech_pad_ms=int(SEARCH_SECONDS * 1000),
)
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """At most LONGEST_CHUNK_SECONDS of speech with its short pauses; `start` in seconds of the recording."""

    start: float
    samples: Samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


def speech_chunks(blocks: Iterable[Samples]) -> Iterator[Chunk]:
    offset = 0
    waiting = np.zeros(0, np.float32)
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        if len(waiting) < WINDOW_SECONDS * SAMPLE_RATE:
            continue
        spans = _spans(waiting)
        kept_from = _undecided_from(spans, len(waiting))
        for begin, end in spans:
            if end <= kept_from:
                yield Chunk((offset + begin) / SAMPLE_RATE, waiting[begin:end])
        offset += kept_from
        waiting = waiting[kept_from:]
    for begin, end in _spans(waiting):
        yield Chunk((offset + begin) / SAMPLE_RATE, waiting[begin:end])


def _undecided_from(spans: list[Span], length: int) -> int:
    """Where the last chunk begins, if more may belong to it; else shortly before the end, where a word may begin."""
    tail = max(0, length - int(PAUSE_SECONDS * SAMPLE_RATE))
    return spans[-1][0] if spans and spans[-1][1] > tail else tail


def _spans(samples: Samples) -> list[Span]:
    """Sample numbers of each chunk."""
    if not len(samples):
        return []
    joined: list[Span] = []
    for found in get_speech_timestamps(samples, VOICE):
        begin, end = int(found["start"]), int(found["end"])
        if joined and _belongs(joined[-1], begin, end):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return [_settled(samples, *span) for span in joined]


def _belongs(chunk: Span, begin: int, end: int) -> bool:
    pause = (begin - chunk[1]) / SAMPLE_RATE + 2 * SEARCH_SECONDS
    return pause < PAUSE_SECONDS and end - chunk[0] <= LONGEST_CHUNK_SECONDS * SAMPLE_RATE


def _settled(samples: Samples, begin: int, end: int) -> Span:
    """The chunk from its loud beginning to its loud end, and the same silence around it wherever it is heard.

    Voices are found in steps of 32 ms from the start of the file. Cut by these steps, the same words would begin
    at another sample in another file, and Whisper would now and then hear something else.
    """
    sums = np.cumsum(np.square(samples[begin:end], dtype=np.float64))
    power = sums[POWER_SAMPLES:] - sums[:-POWER_SAMPLES]
    loud = np.flatnonzero(power > LOUD_SHARE * power.max(initial=0))
    if not len(loud):
        return begin, end
    padding = int(PADDING_SECONDS * SAMPLE_RATE)
    first, last = begin + int(loud[0]), begin + int(loud[-1]) + POWER_SAMPLES
    return max(begin, first - padding), min(end, last + padding)
