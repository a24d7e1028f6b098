"""The parts of a message of protobuf, without making objects of all of it: what is in it may be a million times as large.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator

# How many bytes follow a field whose wire type says so.
_FIXED_BYTES = {1: 8, 5: 4}
_VARINT, _LENGTH_DELIMITED = 0, 2
_MAX_VARINT_BYTES = 10


class BrokenMessage(ValueError):
    """It is no message, or its end is missing."""


def fields(message: memoryview, wanted_number: int) -> Iterator[memoryview]:
    """The contents of the fields of this number that have a length. Raises BrokenMessage."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            _value, position = _varint(message, position)
            continue
        if wire_type == _LENGTH_DELIMITED:
            size, position = _varint(message, position)
        elif wire_type in _FIXED_BYTES:
            size = _FIXED_BYTES[wire_type]
        else:
            raise BrokenMessage
        if position + size > len(message) or not number:
            raise BrokenMessage
        if wire_type == _LENGTH_DELIMITED and number == wanted_number:
            yield message[position : position + size]
        position += size


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """The number, and the place behind it."""
    value = 0
    for place in range(_MAX_VARINT_BYTES):
        if position + place >= len(message):
            break
        byte = message[position + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, position + place + 1
    raise BrokenMessage
