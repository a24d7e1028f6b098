"""Sound that is still being recorded, decoded while it arrives.

FFmpeg waits for bytes where it reads them, so it reads in a thread of its own. Whoever listens asks how much there is
and hands it over; so neither a database nor the caller's context is touched from that thread.
"""

import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import BinaryIO, NamedTuple, Protocol, cast

import numpy as np

from llm_backend.speech import audio, errors
from llm_backend.speech.audio import BLOCK_SECONDS, SAMPLE_RATE, Samples
from llm_backend.speech.live_chunks import LOOK_SECONDS, Block

# After a reload, a browser's recorder begins anew behind what was stored: the same first bytes come again.
TAKE_MARK_BYTES = 24
# How soon a stop, or an end that was announced, is noticed.
LOOK_PAUSE_SECONDS = 0.25
# Browsers hand out a second of sound at a time.
STALLED_SECONDS = 1.6
MOST_PIECES = 2000
SKIPPED_AT_ONCE = 64 * 1024


class SourceState(NamedTuple):
    """`length` bytes can be read for good. `is_paused`: nothing comes for so long that nobody should wait for it."""

    length: int
    is_ended: bool = False
    is_paused: bool = False


class GrowingSound(Protocol):
    def grown(self) -> SourceState:
        """Asked all along, by the thread that listens. What it raises ends the listening."""

    def open(self, length: int) -> BinaryIO:
        """The first `length` bytes."""


class RecordingPaused(Exception):
    """Nothing has come for long; what was settled stands."""


class _Bytes:
    """What has arrived; the decoder waits here for more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._file: BinaryIO | None = None
        self._is_abandoned = False
        self.growth = SourceState(0, is_ended=False)

    def supply(self, file: BinaryIO | None, growth: SourceState) -> None:
        with self._changed:
            if file:
                self._close()
                self._file = file
            self.growth = growth
            self._changed.notify_all()

    def abandon(self) -> None:
        with self._changed:
            self._is_abandoned = True
            self._close()
            self._changed.notify_all()

    def read(self, position: int, size: int, *, least: int) -> bytes:
        """Reads at least `least` bytes, or what is left at the end. Nothing when nobody listens any more."""
        with self._changed:
            while not self._is_abandoned and not self._has(position + least):
                self._changed.wait()
            if self._is_abandoned or self._file is None:
                return b""
            self._file.seek(position)
            return self._file.read(size)

    def _has(self, end: int) -> bool:
        return self.growth.is_ended or self.growth.length >= end

    def _close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class _Take:
    """One take, read from its beginning to where the next one begins."""

    def __init__(self, sound: _Bytes, begin: int, mark: bytes) -> None:
        self._arrived = sound
        self._begin = self.position = begin
        self._mark = mark

    def read(self, size: int) -> bytes:
        ahead = len(self._mark)
        piece = self._arrived.read(self.position, size + ahead - 1, least=ahead)
        # The mark may be cut in two by the end of this piece, so that much is held back until more has come.
        next_take = piece.find(self._mark, int(self.position == self._begin))
        if next_take >= 0:
            piece = piece[:next_take]
        elif not self._arrived.growth.is_ended or len(piece) == size + ahead - 1:
            piece = piece[: 1 - ahead]
        piece = piece[:size]
        self.position += len(piece)
        return piece

    def skip(self) -> int:
        """Goes to where the next take begins, or the sound ends."""
        while self.read(SKIPPED_AT_ONCE):
            pass
        return self.position


class StreamingRecording:
    """`seconds` is what was decoded so far."""

    def __init__(self, sound: GrowingSound, *, max_seconds: float) -> None:
        self.sound = sound
        self.max_seconds = max_seconds
        self.seconds = 0.0
        self.is_damaged = False
        self._arrived = _Bytes()
        self._pieces: queue.Queue[Samples] = queue.Queue(MOST_PIECES)

    def blocks(self, *, begin: float = 0.0) -> Iterator[Block]:
        """Blocks of sound from `begin` (seconds) on.

        Raises RecordingPaused, AudioUnreadable when there is no sound at all, AudioTooLong, and what `grown` raises.
        """
        with self._decoding() as decoder:
            yield from _from(self._sample_blocks(decoder), round(begin * SAMPLE_RATE))
            # What stopped it.
            decoder.result()
        if not self.seconds:
            raise errors.AudioUnreadable("the audio track has no sound")

    def _sample_blocks(self, decoder: "Future[None]") -> Iterator[Block]:
        waiting: list[Samples] = []
        came_at = time.monotonic()
        while True:
            self._supply()
            was_decoded = decoder.done()
            pieces = self._take_pieces()
            if not pieces and was_decoded:
                break
            waiting += pieces
            came_at = time.monotonic() if pieces else came_at
            is_stalled = time.monotonic() - came_at > STALLED_SECONDS
            if is_stalled or _length(waiting) >= LOOK_SECONDS * SAMPLE_RATE:
                yield self._block(waiting, is_stalled=is_stalled)
                waiting = []
                # Said once: nothing changes until more comes.
                came_at = float("inf") if is_stalled else came_at
        yield Block(_join(waiting))

    def _block(self, pieces: list[Samples], *, is_stalled: bool) -> Block:
        is_last = self._arrived.growth.is_ended
        is_newest = not is_last and _length(pieces) < BLOCK_SECONDS * SAMPLE_RATE
        return Block(_join(pieces), is_newest=is_newest, is_stalled=is_stalled and not is_last)

    def _supply(self) -> None:
        """Raises RecordingPaused."""
        growth = self.sound.grown()
        if growth.is_paused:
            raise RecordingPaused
        if growth != self._arrived.growth:
            is_longer = growth.length > self._arrived.growth.length
            self._arrived.supply(self.sound.open(growth.length) if is_longer else None, growth)

    def _take_pieces(self) -> list[Samples]:
        """What was decoded meanwhile; waits a moment for the first piece. Raises AudioTooLong."""
        pieces: list[Samples] = []
        with suppress(queue.Empty):
            pieces.append(self._pieces.get(timeout=LOOK_PAUSE_SECONDS))
            while _length(pieces) < BLOCK_SECONDS * SAMPLE_RATE:
                pieces.append(self._pieces.get_nowait())
        self.seconds += _length(pieces) / SAMPLE_RATE
        if self.seconds > self.max_seconds:
            raise errors.AudioTooLong(f"{self.seconds:.0f} s, and {self.max_seconds:.0f} s are allowed")
        return pieces

    @contextmanager
    def _decoding(self) -> Iterator["Future[None]"]:
        with ThreadPoolExecutor(1, thread_name_prefix="decoder") as threads:
            decoder = threads.submit(self._decode)
            try:
                yield decoder
            finally:
                self._arrived.abandon()
                while not decoder.done():
                    # It may stand at a full queue.
                    with suppress(queue.Empty):
                        self._pieces.get(timeout=LOOK_PAUSE_SECONDS)

    def _decode(self) -> None:
        """In the decoder's thread."""
        begin, mark = 0, self._arrived.read(0, TAKE_MARK_BYTES, least=TAKE_MARK_BYTES)
        while self._arrived.read(begin, 1, least=1):
            take = _Take(self._arrived, begin, mark)
            try:
                self._decode_take(take)
            except errors.AudioUnreadable:
                # A first take that cannot be read is no recording at all; a later one is damage.
                if not begin:
                    raise
                self.is_damaged = True
            begin = take.skip()

    def _decode_take(self, take: _Take) -> None:
        with audio.open_container(cast(BinaryIO, take)) as container:
            frames = audio.Frames(container, audio.audio_stream(container))
            for piece in audio.resample(frames):
                self._pieces.put(piece)
            self.is_damaged = self.is_damaged or frames.is_damaged


def _from(blocks: Iterator[Block], begin: int) -> Iterator[Block]:
    """Without the first samples; these are not waited for in pieces."""
    to_skip = begin
    for block in blocks:
        count = min(to_skip, len(block.samples))
        to_skip -= count
        if not to_skip:
            yield block._replace(samples=block.samples[count:])


def _length(pieces: list[Samples]) -> int:
    return sum(map(len, pieces))


def _join(pieces: list[Samples]) -> Samples:
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
