"""Messages out of the bytes of a connection (RFC 6587, RFC 5425), the token in a message, and messages in a batch."""

from collections.abc import Iterator

# RFC 5424 asks for 2 kB; what is beyond this of a longer one is skipped.
MAX_MESSAGE_BYTES = 64 * 1024
# 32473 is the number that the IANA keeps for examples.
TOKEN_START = b'[kongming@32473 token="'
_TOKEN_END = b'"]'
_MAX_TOKEN_POSITION = 4096
_MAX_TOKEN_BYTES = 64
_MAX_COUNT_BYTES = 8


class FramingBroken(Exception):
    """Where the next message begins cannot be told any more."""


class MessageFrames:
    """Cuts what one connection brings: each message behind its length, or each ended by a newline.

    How it is done is told by the first byte, once for a connection: later lines may begin with a digit, too.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_counted: bool | None = None
        self._skipped_bytes = 0
        self._is_in_cut_line = False

    def feed(self, content: bytes) -> list[bytes]:
        """The messages that are whole. Raises FramingBroken."""
        if self._is_counted is None:
            self._is_counted = content[:1].isdigit()
        self._rest += content
        return list(self._counted_messages() if self._is_counted else self._lines())

    def end(self) -> list[bytes]:
        """What was begun when the connection ended."""
        rest, self._rest = bytes(self._rest), bytearray()
        if self._is_counted:
            rest = rest.partition(b" ")[2] if not self._skipped_bytes else b""
        return [rest] if rest else []

    def _lines(self) -> Iterator[bytes]:
        *lines, rest = bytes(self._rest).split(b"\n")
        for line in lines:
            if not self._is_in_cut_line:
                yield line[:MAX_MESSAGE_BYTES]
            self._is_in_cut_line = False
        if len(rest) > MAX_MESSAGE_BYTES and not self._is_in_cut_line:
            yield rest[:MAX_MESSAGE_BYTES]
            self._is_in_cut_line = True
        self._rest = bytearray() if self._is_in_cut_line else bytearray(rest)

    def _counted_messages(self) -> Iterator[bytes]:
        while self._rest:
            skipped = min(self._skipped_bytes, len(self._rest))
            del self._rest[:skipped]
            self._skipped_bytes -= skipped
            count, space, _ = bytes(self._rest[:_MAX_COUNT_BYTES]).partition(b" ")
            if self._rest and not (count.isdigit() and (space or len(count) < _MAX_COUNT_BYTES)):
                raise FramingBroken
            if not space:
                return
            begin, size = len(count) + 1, min(int(count), MAX_MESSAGE_BYTES)
            if len(self._rest) < begin + size:
                return
            yield bytes(self._rest[begin : begin + size])
            del self._rest[: begin + size]
            self._skipped_bytes = int(count) - size


def part_token(message: bytes) -> tuple[str, bytes]:
    """The token in a message, empty where there is none, and the message without it."""
    start = message.find(TOKEN_START, 0, _MAX_TOKEN_POSITION)
    if start < 0:
        return "", message
    begin = start + len(TOKEN_START)
    end = message.find(_TOKEN_END, begin, begin + _MAX_TOKEN_BYTES)
    if end < 0:
        return "unreadable", message
    return message[begin:end].decode("ascii", "replace"), message[:start] + message[end + len(_TOKEN_END) :]


def encode_message(message: bytes, address: str, milliseconds: int) -> bytes:
    """One message in a batch, with whose address it came from and when."""
    return b"%d %d %s %s" % (len(message), milliseconds, address.encode(), message)


def decode_messages(content: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Milliseconds, address and message of each."""
    position = 0
    while position < len(content):
        size, milliseconds, address, _ = content[position : position + 128].split(b" ", 3)
        begin = position + len(size) + len(milliseconds) + len(address) + 3
        position = begin + int(size)
        yield int(milliseconds), address.decode(), content[begin:position]
