"""What strangers' files do to a process. Called in a child by test_bounded."""

import os
from pathlib import Path


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
