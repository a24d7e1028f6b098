"""Files that are one JSON array, or one object that wraps it, as lines of which each holds one of its objects."""

import codecs
import json
from collections.abc import Iterable, Iterator
from itertools import chain

from llm_backend import patterns

# What CloudTrail, Azure, CloudWatch and `kubectl` put around their records.
WRAPPER_KEYS = ("Records", "records", "logEvents", "items")
# An object that is longer is no record: the rest is given out as it is.
MAX_OBJECT_CHARACTERS = 2**20
_PAIR = r"\"\w{1,40}\"\s{0,20}:\s{0,20}\"[^\"\\]{0,200}\"\s{0,20},\s{0,20}"
_START = patterns.compile(
    rf"\s{{0,20}}(?:\{{\s{{0,20}}(?:{_PAIR}){{0,5}}\"(?:{'|'.join(WRAPPER_KEYS)})\"\s{{0,20}}:\s{{0,20}})?\[\s{{0,20}}(?=\{{\s{{0,200}}[\"}}])"
)
_BETWEEN = patterns.compile(r"[\s,]{0,200}+")
_END = patterns.compile(r"\s{0,200}+\][\s\]}]{0,200}+\Z")


def array_start(head: bytes) -> int:
    """Where the first object of an array begins, in the beginning of a file; 0 where it is none, or has one in each line."""
    match = _START.match(head.decode("latin-1"))
    first_line, newline, _rest = head.partition(b"\n")
    if match is None or (newline and _is_whole(first_line)):
        return 0
    return match.end()


def object_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Of blocks from the first object on. What is no object, and what stands behind the array, comes as it is."""
    decoder, parser = codecs.getincrementaldecoder("utf-8")("surrogateescape"), json.JSONDecoder(strict=False)
    text, is_array = "", True
    for block in chain(blocks, (b"",)):
        text += decoder.decode(block, final=not block)
        lines, position = [], 0
        while is_array:
            between = _BETWEEN.match(text, position)
            begin = between.end() if between else position
            if text[begin : begin + 1] != "{":
                is_array = begin == len(text)
                break
            try:
                _value, position = parser.raw_decode(text, begin)
            except (ValueError, RecursionError):
                # Most likely its end is still to come.
                is_array = len(text) - begin <= MAX_OBJECT_CHARACTERS
                break
            # No text of JSON holds a line's end: it stands between names and values.
            lines.append(text[begin:position].replace("\n", " ") + "\n")
        text = text[position:]
        is_over = not (is_array and block) and not _END.match(text)
        yield "".join([*lines, text if is_over else ""]).encode(errors="surrogateescape")
        text = "" if is_over else text


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
