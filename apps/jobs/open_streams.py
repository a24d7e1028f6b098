"""How many event streams somebody has open: each is a connection and a place in memory, for as long as its reader likes."""

import threading
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import LimitExceeded

# A connection that broke is found out by the next heartbeat that it does not take.
RETRY_SECONDS = 15.0


@dataclass(frozen=True)
class StreamLimit:
    """`holder`, such as a conversation or a network, has at most `most` streams open in this process."""

    holder: str
    most: int


class TooManyStreams(LimitExceeded):
    code = "too_many_streams"
    message = _("This is open in too many windows. Close some and try again.")

    def __init__(self) -> None:
        super().__init__(retry_after_seconds=RETRY_SECONDS)


_open: Counter[str] = Counter()
_lock = threading.Lock()


def require_room(limits: Sequence[StreamLimit]) -> None:
    """Raises TooManyStreams: the newest is refused, as a client whose oldest were closed would come again for ever."""
    if any(_open[each.holder] >= each.most for each in limits):
        raise TooManyStreams


async def counted_frames(
    frames: AsyncGenerator[bytes], limits: Sequence[StreamLimit]
) -> AsyncGenerator[bytes]:
    """The frames, counted while they are read. Of requests that came at once some may find no room any more: theirs end
    before they begin, and clients come again.
    """
    if not _take(limits):
        return
    try:
        async with aclosing(frames):
            async for frame in frames:
                yield frame
    finally:
        _give_back(limits)


def _take(limits: Sequence[StreamLimit]) -> bool:
    with _lock:
        if any(_open[each.holder] >= each.most for each in limits):
            return False
        _open.update(each.holder for each in limits)
        return True


def _give_back(limits: Sequence[StreamLimit]) -> None:
    with _lock:
        for each in limits:
            _open[each.holder] -= 1
            if not _open[each.holder]:
                del _open[each.holder]
