"""Sound out of any recording or video, in blocks, so that a long file never lies in memory whole."""

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio import AudioFrame, AudioStream
from av.container import InputContainer

from llm_backend.speech import errors

# What Whisper was trained on, and the only one it takes.
SAMPLE_RATE = 16_000
BLOCK_SECONDS = 10
Samples = npt.NDArray[np.float32]
# Opens what a recorder wrote. Where it lies, and whether it lies there sealed, is the caller's matter.
Sound = Callable[[], BinaryIO]

# Playlists are formats to FFmpeg too, and would have it open other files and addresses: only these are read.
FORMATS = (
    "wav,w64,aiff,au,caf,mp3,aac,flac,ogg,amr,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,asf,flv,mpeg,mpegts"
)
OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
# Headers round; a recording that ends this much early has broken off.
MISSING_SECONDS = 1.5
# A WAV that was written into a pipe, before anybody knew its length.
UNKNOWN_SIZE = 0xFFFF_FFFF
# Telephones take 8,000 samples a second. What claims to take one a second becomes 16,000 times as much here.
LEAST_RATE = 4000


def in_file(path: Path) -> Sound:
    return cast(Sound, partial(path.open, "rb"))


class Recording:
    """One pass over a sound's first audio track as mono samples at 16 kHz.

    `expected_seconds` is what the header promises, 0 when it does not say; `seconds` is what was read so far.
    """

    def __init__(self, sound: Sound, *, max_seconds: float) -> None:
        self.sound = sound
        self.max_seconds = max_seconds
        self.expected_seconds = 0.0
        self.seconds = 0.0
        self._frames: Frames | None = None
        self._size = 0

    @property
    def is_incomplete(self) -> bool:
        """Known once every block was read."""
        is_damaged = self._frames is not None and self._frames.is_damaged
        return is_damaged or self.seconds < self.expected_seconds - MISSING_SECONDS

    def progress(self, seconds: float) -> float:
        """How much of the recording lies before `seconds`: 0 to 1."""
        if self.expected_seconds:
            return min(1.0, seconds / self.expected_seconds)
        if not self.seconds or self._frames is None:
            return 0.0
        return min(1.0, self._frames.position / self._size * seconds / self.seconds)

    def blocks(self) -> Iterator[Samples]:
        """Raises AudioUnreadable when there is no sound at all, AudioTooLong as soon as that is known."""
        with self.sound() as file, open_container(file) as container:
            # The container has read from the same file and goes on where it stopped.
            position = file.tell()
            self._size = file.seek(0, io.SEEK_END)
            file.seek(position)
            stream = audio_stream(container)
            if stream.duration and stream.time_base:
                declared_seconds = float(stream.duration * stream.time_base)
            else:
                declared_seconds = (container.duration or 0) / av.time_base
            self.expected_seconds = declared_seconds * _share_promised(file, self._size)
            self._require_length(self.expected_seconds)
            self._frames = Frames(container, stream)
            yield from self._in_blocks(resample(self._frames))
        if not self.seconds:
            raise errors.AudioUnreadable("the audio track has no sound")

    def _require_length(self, seconds: float) -> None:
        if seconds > self.max_seconds:
            raise errors.AudioTooLong(f"{seconds:.0f} s, and {self.max_seconds:.0f} s are allowed")

    def _in_blocks(self, pieces: Iterator[Samples]) -> Iterator[Samples]:
        waiting: list[Samples] = []
        for piece in pieces:
            waiting.append(piece)
            self.seconds += len(piece) / SAMPLE_RATE
            self._require_length(self.seconds)
            if sum(map(len, waiting)) >= BLOCK_SECONDS * SAMPLE_RATE:
                yield np.concatenate(waiting)
                waiting = []
        if waiting:
            yield np.concatenate(waiting)


class Frames:
    """What can be decoded; a damaged packet is left out, a damaged container ends the sound.

    `position` is the byte that was reached.
    """

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._packets = container.demux(stream)
        self.is_damaged = False
        self.position = 0

    def __iter__(self) -> Iterator[AudioFrame]:
        while True:
            try:
                packet = next(self._packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.error.InvalidDataError:
                self.is_damaged = True
                continue
            except av.error.FFmpegError:
                # As far as it could be decoded it is heard; the page says that some is missing.
                self.is_damaged = True
                return
            if packet.pos is not None:
                self.position = max(self.position, packet.pos)
            yield from frames


def resample(frames: Iterable[AudioFrame]) -> Iterator[Samples]:
    """Raises AudioUnreadable for what no recorder writes."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    has_begun = False
    for frame in frames:
        if frame.sample_rate < LEAST_RATE:
            raise errors.AudioUnreadable(f"{frame.sample_rate} samples a second are no sound")
        has_begun = True
        # Timestamps of a broken-off recorder may jump; the resampler wants them to follow or be unknown.
        frame.pts = None
        for new_frame in resampler.resample(frame):
            yield _samples(new_frame)
    if has_begun:
        for new_frame in resampler.resample(None):
            yield _samples(new_frame)


def audio_stream(container: InputContainer) -> AudioStream:
    """Raises AudioUnreadable."""
    if not container.streams.audio:
        raise errors.AudioUnreadable("there is no audio track")
    return container.streams.audio[0]


@contextmanager
def open_container(file: BinaryIO) -> Iterator[InputContainer]:
    """What it is, its content decides: names lie. Raises AudioUnreadable."""
    try:
        container = av.open(file, "r", metadata_errors="ignore", container_options=OPTIONS)
    except (av.error.FFmpegError, ValueError) as error:
        raise errors.AudioUnreadable(f"no known audio format, or its index is missing: {error}") from error
    with container:
        yield container


def _share_promised(file: BinaryIO, length: int) -> float:
    """FFmpeg believes the size of a WAV file, where the header may promise more. 1 when it does not."""
    position = file.tell()
    file.seek(0)
    kind, size = struct.unpack("<4sI", file.read(8).ljust(8))
    file.seek(position)
    # Recorders that do not know the end yet write the largest number, or none.
    if kind != b"RIFF" or size == UNKNOWN_SIZE:
        return 1.0
    return max(1.0, (int(size) + 8) / length)


def _samples(frame: AudioFrame) -> Samples:
    return frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)
