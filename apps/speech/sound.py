"""What a sound file is, and how to make one that can be played from any place.

A browser's recorder writes as it hears: no length, no index, and after a reload it begins a new file, which is
stored behind the first. Here such takes become one file by copying their packets, without coding anew.
"""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import filetype
from av.audio.stream import AudioStream
from av.container import OutputContainer

HEAD_BYTES = 8192
# Two takes of one recorder begin alike, for much longer than any 24 bytes of sound repeat by chance.
TAKE_MARK_BYTES = 24
WRITTEN_BY_BROWSERS = {"video/webm": "webm", "video/mp4": "mp4", "audio/mp4": "mp4"}

Take = tuple[int, int]


def media_type_of(path: Path) -> str:
    """From the content, never from the name; empty when it is neither sound nor film."""
    with path.open("rb") as file:
        kind = filetype.guess(file.read(HEAD_BYTES))
    return kind.mime if kind and kind.mime.startswith(("audio/", "video/")) else ""


def takes_of(path: Path) -> list[Take]:
    """Where each take begins and ends, in bytes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        mark, begins = content[:TAKE_MARK_BYTES], [0]
        while (found := content.find(mark, begins[-1] + 1)) > 0:
            begins.append(found)
        return list(zip(begins, [*begins[1:], len(content)], strict=True))


def needs_rewriting(path: Path, media_type: str) -> bool:
    if media_type not in WRITTEN_BY_BROWSERS:
        return False
    if len(takes_of(path)) > 1:
        return True
    try:
        with av.open(str(path)) as container:
            return container.duration is None and bool(container.streams.audio)
    except av.FFmpegError:
        # Whoever reads it for the transcript says what is wrong with it.
        return False


@dataclass
class _Joined:
    """The file being written. `end` is where its last take stops, in seconds."""

    container: OutputContainer
    stream: AudioStream | None = None
    end: float = 0.0


def rewrite(path: Path, target: Path, *, check: Callable[[], None]) -> float:
    """Writes the takes of `path` behind one another into `target`, with an index. Answers the length in seconds.

    `check` is called all along and stops the writing by raising. What is damaged ends its take, not the file.
    """
    unfinished = target.with_suffix(".unfinished")
    try:
        with av.open(str(unfinished), "w", format=WRITTEN_BY_BROWSERS[media_type_of(path)]) as container:
            joined = _Joined(container)
            for take in takes_of(path):
                _join(joined, path, take, check)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return joined.end


def _join(joined: _Joined, path: Path, take: Take, check: Callable[[], None]) -> None:
    begin = joined.end
    for packet in _packets(path, take):
        check()
        if joined.stream is None:
            joined.stream = joined.container.add_stream_from_template(packet.stream)
        time_base = packet.time_base
        packet.pts = packet.dts = (packet.pts or 0) + round(begin / time_base)
        joined.end = max(joined.end, float((packet.pts + (packet.duration or 0)) * time_base))
        packet.stream = joined.stream
        joined.container.mux(packet)


def _packets(path: Path, take: Take) -> Iterator["av.Packet[AudioStream]"]:
    begin, end = take
    try:
        # FFmpeg's own way to open a part of a file.
        with av.open(f"subfile,,start,{begin},end,{end},,:{path}") as container:
            for packet in container.demux(audio=0):
                if packet.dts is not None:
                    yield packet
    except av.FFmpegError:
        return
