"""What strangers' files do to a process. Called in a child by test_bounded."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


def length(content: bytes, times: int) -> int:
    return len(content) * times


def shouted(text: str) -> str:
    print("a library says something")  # noqa: T201
    return text.upper()


def whole_environment() -> dict[str, str]:
    return dict(os.environ)


def spin() -> None:
    while True:
        pass


def wait() -> None:
    os.read(os.pipe()[0], 1)


def swell() -> int:
    return len(bytearray(2**34))


def chatter(characters: int) -> str:
    return "x" * characters


def raise_what_was_read(text: str) -> None:
    raise ValueError(text)


def crash() -> None:
    os.abort()


def write_a_file(path: str) -> None:
    Path(path).write_text("x")


def process_id() -> int:
    return os.getpid()


def numbered_lines(file: BinaryIO, suffix: str) -> Iterator[bytes]:
    for number, line in enumerate(file):
        yield b"%d %s%s" % (number, line.rstrip(), suffix.encode())


def read_from_the_end(file: BinaryIO) -> Iterator[bytes]:
    file.seek(-4, os.SEEK_END)
    yield file.read()
    file.seek(0)
    yield file.read(3)


def refuse_the_second_line(file: BinaryIO) -> Iterator[bytes]:
    yield next(file)
    raise Refused("second_line")


def swell_in_parts(_file: BinaryIO) -> Iterator[bytes]:
    yield b"one"
    yield bytes(2**30)[:1]


def crash_in_parts(_file: BinaryIO) -> Iterator[bytes]:
    yield b"one"
    os.abort()


def wait_in_parts(_file: BinaryIO) -> Iterator[bytes]:
    yield b"one"
    time.sleep(60)


def spin_in_parts(_file: BinaryIO) -> Iterator[bytes]:
    yield b"one"
    while True:
        pass


class Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
