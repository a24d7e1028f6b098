"""Cuts sound that is still being recorded: what is settled as in any recording, and before that what may be shown."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.chunks import LONGEST_SPEECH_SECONDS, SEARCH_SECONDS, Chunk, Span, Window

# A chunk is settled two seconds after its last word, and talk without a pause fills half a minute. So long nobody
# wants to wait: of what is not settled yet, pieces of this length are heard and shown at once.
SHOWN_SECONDS = 3.0
# A pause inside of a piece is a better place to end it than the middle of a word.
SHORTEST_SHOWN_SECONDS = 1.5
# When nothing more comes, as at the end or when a network is away, even half a second is shown.
SHORTEST_STALLED_SECONDS = 0.5
# Without a pause a piece ends where it is least loud within its last 1.2 seconds.
CUT_SECONDS = 1.2
# A tenth of a second.
QUIET_SAMPLES = 1600
# Voices are looked for when this much has come.
LOOK_SECONDS = 1.0


class Block(NamedTuple):
    """`is_newest`: nothing more was there when it was taken. `is_stalled`: nothing has come for a while."""

    samples: Samples
    is_newest: bool = False
    is_stalled: bool = False


def live_chunks(blocks: Iterable[Block], *, begin: float = 0.0) -> Iterator[Chunk]:
    """Chunks from `begin` (seconds) on. Settled ones are those of the whole recording; the others lie inside of them."""
    window = Window(round(begin * SAMPLE_RATE))
    shown_until = looked_until = window.end
    for block in blocks:
        window.add(block.samples)
        if window.end - looked_until < LOOK_SECONDS * SAMPLE_RATE and not block.is_stalled:
            continue
        looked_until = window.end
        yield from window.take_settled()
        if block.is_newest and (span := _to_show(window, shown_until, is_stalled=block.is_stalled)):
            shown_until = span[1]
            yield Chunk(span[0] / SAMPLE_RATE, window.between(*span), is_settled=False)
    yield from window.rest()


def _to_show(window: Window, shown_until: int, *, is_stalled: bool) -> Span | None:
    voices = [(max(begin, shown_until), end) for begin, end in window.voices if end > shown_until]
    if not voices:
        return None
    begin, end = voices[0][0], voices[-1][1]
    if end - begin < (SHORTEST_STALLED_SECONDS if is_stalled else SHOWN_SECONDS) * SAMPLE_RATE:
        return None
    if end > window.end - SEARCH_SECONDS * SAMPLE_RATE and not is_stalled:
        end = _cut(window, voices)
    return begin, min(end, begin + int(LONGEST_SPEECH_SECONDS * SAMPLE_RATE))


def _cut(window: Window, voices: list[Span]) -> int:
    """Somebody is speaking: at the last pause, or where it is least loud."""
    begin, end = voices[0][0], voices[-1][1]
    if len(voices) > 1 and voices[-2][1] - begin >= SHORTEST_SHOWN_SECONDS * SAMPLE_RATE:
        return voices[-2][1]
    first = end - int(CUT_SECONDS * SAMPLE_RATE)
    sums = np.cumsum(np.square(window.between(first, end), dtype=np.float64))
    power = sums[QUIET_SAMPLES:] - sums[:-QUIET_SAMPLES]
    return first + int(np.argmin(power)) + QUIET_SAMPLES // 2
