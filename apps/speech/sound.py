"""What a sound file is, and how to make one that can be played from any place.

A browser's recorder writes as it hears: no length, no index, and after a reload it begins a new file, which is
stored behind the first. Here such takes become one file by copying their packets, without coding anew.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import av
import filetype
from av.audio.stream import AudioStream
from av.container import OutputContainer

from apps.core.random_access import RandomAccessFile
from llm_backend.speech.audio import OPTIONS, Sound

HEAD_BYTES = 8192
# Two takes of one recorder begin alike, for much longer than any 24 bytes of sound repeat by chance.
TAKE_MARK_BYTES = 24
SEARCHED_BYTES = 1024 * 1024
# A page that is loaded anew begins a take. Whoever repeats its mark a million times gets no million readers.
MOST_TAKES = 500
# Where the first sound begins: a cluster, a fragment, the second page.
SOUND_MARKS = {
    "video/webm": b"\x1f\x43\xb6\x75",
    "video/mp4": b"moof",
    "audio/mp4": b"moof",
    "audio/ogg": b"OggS",
}
WRITTEN_BY_BROWSERS = {"video/webm": "webm", "video/mp4": "mp4", "audio/mp4": "mp4"}

Take = tuple[int, int]


def media_type_of(file: BinaryIO) -> str:
    """From the content, never from the name; empty when it is neither sound nor film."""
    kind = filetype.guess(file.read(HEAD_BYTES))
    return kind.mime if kind and kind.mime.startswith(("audio/", "video/")) else ""


def is_heard_as_it_comes(head: bytes) -> bool:
    """It has begun, in a container that can be read before its end: what browsers' recorders write."""
    kind = filetype.guess(head)
    mark = SOUND_MARKS.get(kind.mime) if kind else None
    return mark is not None and mark in head[1:]


def takes_of(file: BinaryIO) -> list[Take]:
    """Where each take begins and ends, in bytes; what follows the last that is counted belongs to it."""
    mark = file.read(TAKE_MARK_BYTES)
    begins, end, window = [0], len(mark), mark[1:]
    while block := file.read(SEARCHED_BYTES):
        window += block
        end += len(block)
        at = window.find(mark)
        while at >= 0 and len(begins) < MOST_TAKES:
            begins.append(end - len(window) + at)
            at = window.find(mark, at + 1)
        window = window[1 - TAKE_MARK_BYTES :]
    return list(zip(begins, [*begins[1:], end], strict=True))


def needs_rewriting(sound: Sound, media_type: str) -> bool:
    if media_type not in WRITTEN_BY_BROWSERS:
        return False
    with sound() as file:
        if len(takes_of(file)) > 1:
            return True
        file.seek(0)
        try:
            with av.open(file, "r", container_options=OPTIONS) as container:
                return container.duration is None and bool(container.streams.audio)
        except av.FFmpegError:
            # Whoever reads it for the transcript says what is wrong with it.
            return False


@dataclass
class _Output:
    """The file being written. `end` is where its last take stops, in seconds."""

    container: OutputContainer
    stream: AudioStream | None = None
    end: float = 0.0


def rewrite(sound: Sound, target: BinaryIO, *, check: Callable[[], None]) -> float:
    """Writes the takes of `sound` behind one another into `target`, with an index. Answers the length in seconds.

    `check` is called all along and stops the writing by raising. What is damaged ends its take, not the file.
    """
    with sound() as file:
        kind = WRITTEN_BY_BROWSERS[media_type_of(file)]
        file.seek(0)
        with av.open(target, "w", format=kind) as container:
            output = _Output(container)
            for take in takes_of(file):
                _join(output, file, take, check)
    return output.end


def _join(output: _Output, file: BinaryIO, take: Take, check: Callable[[], None]) -> None:
    begin = output.end
    for packet in _packets(file, take):
        check()
        if output.stream is None:
            output.stream = output.container.add_stream_from_template(packet.stream)
        time_base = packet.time_base
        packet.pts = packet.dts = (packet.pts or 0) + round(begin / time_base)
        output.end = max(output.end, float((packet.pts + (packet.duration or 0)) * time_base))
        packet.stream = output.stream
        output.container.mux(packet)


def _packets(file: BinaryIO, take: Take) -> Iterator["av.Packet[AudioStream]"]:
    try:
        with av.open(cast(BinaryIO, _Section(file, *take)), "r", container_options=OPTIONS) as container:
            for packet in container.demux(audio=0):
                if packet.dts is not None:
                    yield packet
    except av.FFmpegError:
        # Damaged from here on: what came before is worth keeping.
        return


class _Section(RandomAccessFile):
    """A part of a file, as a file of its own."""

    def __init__(self, file: BinaryIO, begin: int, end: int) -> None:
        super().__init__()
        self._file, self._begin, self._length = file, begin, end - begin

    def read(self, size: int = -1, /) -> bytes:
        rest = max(0, self._length - self._position)
        self._file.seek(self._begin + self._position)
        content = self._file.read(rest if size < 0 else min(size, rest))
        self._position += len(content)
        return content
