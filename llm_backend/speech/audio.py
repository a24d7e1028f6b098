"""Sound out of any recording or video, in blocks, so that a long file never lies in memory whole."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio import AudioFrame, AudioStream
from av.container import InputContainer

from llm_backend.speech import errors

SAMPLE_RATE = 16_000
BLOCK_SECONDS = 10
Samples = npt.NDArray[np.float32]

# Playlists are formats to FFmpeg too, and would have it open other files and addresses: only these are read.
FORMATS = (
    "wav,w64,aiff,au,caf,mp3,aac,flac,ogg,amr,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,asf,flv,mpeg,mpegts"
)
OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
# Headers round; a recording that ends this much early has broken off.
MISSING_SECONDS = 1.5
STREAMED = 0xFFFF_FFFF


class Recording:
    """One pass over a file's first audio track as mono samples at 16 kHz.

    `expected_seconds` is what the header promises, 0 when it does not say; `seconds` is what was read so far.
    """

    def __init__(self, path: Path, *, max_seconds: float) -> None:
        self.path = path
        self.max_seconds = max_seconds
        self.expected_seconds = 0.0
        self.seconds = 0.0
        self._is_damaged = False
        self._share_read = 0.0

    @property
    def is_incomplete(self) -> bool:
        """Known once every block was read."""
        return self._is_damaged or self.seconds < self.expected_seconds - MISSING_SECONDS

    def progress(self, seconds: float) -> float:
        """How much of the recording lies before `seconds`: 0 to 1."""
        if self.expected_seconds:
            return min(1.0, seconds / self.expected_seconds)
        return min(1.0, self._share_read * seconds / self.seconds) if self.seconds else 0.0

    def blocks(self) -> Iterator[Samples]:
        """Raises AudioUnreadable when there is no sound at all, AudioTooLong as soon as that is known."""
        with _opened(self.path) as container:
            stream = self._audio_stream(container)
            self._require_length(self.expected_seconds)
            yield from self._in_blocks(self._resampled(container, stream))
        if not self.seconds:
            raise errors.AudioUnreadable("the audio track has no sound")

    def _audio_stream(self, container: InputContainer) -> AudioStream:
        if not container.streams.audio:
            raise errors.AudioUnreadable("there is no audio track")
        stream = container.streams.audio[0]
        if stream.duration and stream.time_base:
            self.expected_seconds = float(stream.duration * stream.time_base)
        elif container.duration:
            self.expected_seconds = container.duration / av.time_base
        self.expected_seconds *= _share_promised(self.path)
        return stream

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

    def _resampled(self, container: InputContainer, stream: AudioStream) -> Iterator[Samples]:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        for frame in self._frames(container, stream):
            # Timestamps of a broken-off recorder may jump; the resampler wants them to follow or be unknown.
            frame.pts = None
            for converted in resampler.resample(frame):
                yield _samples(converted)
        if self._share_read:
            for converted in resampler.resample(None):
                yield _samples(converted)

    def _frames(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        """What can be decoded; a damaged packet is left out, a damaged container ends the recording."""
        size = self.path.stat().st_size
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except StopIteration:
                return
            except av.error.InvalidDataError:
                self._is_damaged = True
                continue
            except av.error.FFmpegError:
                self._is_damaged = True
                return
            if packet.pos is not None:
                self._share_read = max(self._share_read, min(1.0, packet.pos / size))
            yield from frames


def _share_promised(path: Path) -> float:
    """FFmpeg believes the size of a WAV file, where the header may promise more. 1 when it does not."""
    with path.open("rb") as file:
        kind, size = struct.unpack("<4sI", file.read(8).ljust(8))
    # Recorders that do not know the end yet write the largest number, or none.
    if kind != b"RIFF" or size == STREAMED:
        return 1.0
    return max(1.0, (int(size) + 8) / path.stat().st_size)


def _samples(frame: AudioFrame) -> Samples:
    return frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """What the file is, its content decides: names lie."""
    if not path.stat().st_size:
        raise errors.AudioUnreadable("the file is empty")
    try:
        container = av.open(str(path), metadata_errors="ignore", container_options=OPTIONS)
    except (av.error.FFmpegError, ValueError) as error:
        raise errors.AudioUnreadable(f"no known audio format, or its index is missing: {error}") from error
    with container:
        yield container
