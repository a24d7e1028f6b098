"""Messages that are too long for a messenger go in parts; one that is interrupted goes on where it was."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from apps.customer_service.channels.delivery_errors import PermanentError, TemporaryError
from apps.customer_service.messengers.adapter import OutboundMessage

Part = TypeVar("Part")


def parts(text: str, most: int, *, length: Callable[[str], int] = len, widest: int = 1) -> list[str]:
    """At most `most` as the messenger counts, cut at an empty line, a line's end or a space where there is one.

    `widest`: what one character may count.
    """
    cut: list[str] = []
    # A character counts one or more, so the beginning tells.
    while length(text[: most + 1]) > most:
        end = _end(text, most, length, widest)
        cut.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*cut, text] if text else cut


def _end(text: str, most: int, length: Callable[[str], int], widest: int) -> int:
    limit = most
    while (excess := length(text[:limit]) - most) > 0:
        # No character counts more than `widest`, so at least this many are too many.
        limit -= -(-excess // widest)
    for mark in ("\n\n", "\n", " "):
        position = text.rfind(mark, limit // 2, limit)
        if position > 0:
            return position
    return limit


def utf8_length(text: str) -> int:
    return len(text.encode(errors="replace"))


def send_each(message: OutboundMessage, pieces: Sequence[Part], send_one: Callable[[Part], str]) -> str:
    """Sends what no earlier try has sent; returns the ids of all. Raises PermanentError and TemporaryError that say how
    far it got.
    """
    sent_ids = list(message.sent_ids)
    for piece in pieces[len(sent_ids) :]:
        try:
            sent_ids.append(send_one(piece))
        except PermanentError as error:
            raise PermanentError(error.code, error.detail, sent_ids=tuple(sent_ids)) from error
        except TemporaryError as error:
            raise TemporaryError(
                error.code, error.detail, retry_after=error.retry_after, sent_ids=tuple(sent_ids)
            ) from error
    return ",".join(sent_ids)
