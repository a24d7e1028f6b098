"""Where the time of a record stands in its line, found from texts and times: then it need not be stored a second time."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa

from domain.logs.store.rendering import render_times
from domain.logs.store.templates import HEAD, MESSAGE, TAIL, TIME, Layout

# Of lines as they come from programs; the longer ones first, since they say more.
TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S.%6f",
    "%Y-%m-%d %H:%M:%S.%6f",
    "%Y-%m-%dT%H:%M:%S.%3f",
    "%Y-%m-%d %H:%M:%S.%3f",
    "%Y-%m-%d %H:%M:%S,%3f",
    "%Y%m%d-%H:%M:%S:%3f",
    "%b %d %H:%M:%S %Y",
    "%d/%b/%Y:%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%b %e %H:%M:%S",
    "%m%d %H%M%S",
    "%m-%d %H:%M:%S.%3f",
    "%s",
)
SAMPLE_ROWS, MIN_SHARE = 500, 0.5
# Each layout is one more way for a searched text to stand in a line, so they are few.
MAX_TIME_PLACE, MAX_PREFIXES, MIN_PREFIX_SHARE = 64, 4, 0.05


def line_layouts(texts: pa.Array, times: pa.Array) -> tuple[list[Layout], pa.Array]:
    """Layouts of these lines, and for each line the id of its own: a constant beginning, the time, and the rest as it
    stands around the message.

    `times` are microseconds UTC. A line has none where its time does not stand in it as in most others.
    """
    step = max(1, len(texts) // SAMPLE_ROWS)
    sample = pa.array(range(0, len(texts), step), pa.int64())
    for time_format in TIME_FORMATS:
        prefixes = Counter(_prefixes(texts.take(sample), times.take(sample), time_format))
        enough = MIN_PREFIX_SHARE * len(sample)
        frequent = [
            each for each, count in prefixes.most_common(MAX_PREFIXES) if each is not None and count >= enough
        ]
        if sum(prefixes[each] for each in frequent) > MIN_SHARE * len(sample):
            layouts = {prefix: _layout(prefix.decode(), time_format) for prefix in frequent}
            ids = {prefix: layout.id for prefix, layout in layouts.items()}
            return list(layouts.values()), pa.array(
                [
                    ids.get(prefix) if prefix is not None else None
                    for prefix in _prefixes(texts, times, time_format)
                ],
                pa.string(),
            )
    return [], pa.nulls(len(texts), pa.string())


def _prefixes(texts: pa.Array, times: pa.Array, time_format: str) -> Iterator[bytes | None]:
    """What stands before each line's time, written like this; none where it does not stand there."""
    written = render_times(times, _layout("", time_format))
    for text, time in zip(texts.to_pylist(), written.to_pylist(), strict=True):
        place = text.find(time.encode(), 0, MAX_TIME_PLACE + len(time))
        yield text[:place] if place >= 0 and text[:place].isascii() else None


def _layout(prefix: str, time_format: str) -> Layout:
    """Its id is made of what it says, so that the same one has the same id everywhere."""
    name = hashlib.sha256(f"{prefix}\n{time_format}".encode()).hexdigest()[:16]
    return Layout(name, (prefix, "", "", "", ""), (TIME, HEAD, MESSAGE, TAIL), time_format)
