"""Labelled log lines of twelve made systems, in the formats of programs that many people run: what no parser was tuned on.

Each line comes of a statement of `made_log_systems.toml`, as a program's would, so which lines belong together is known: the
lines of one statement are one event, whatever its values are and whether a part of it was left out. Some statements are
frequent, most are rare, a few write a line or two. The same lines every time.
"""

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm_backend import patterns

STATEMENTS = Path(__file__).with_suffix(".toml")
FURTHER_STATEMENTS = Path(__file__).with_name("made_log_systems_further.toml")
"""Of sixteen more, written later."""
LINES_OF_SYSTEM = 1_000

_OPTIONAL = patterns.compile(r"<\?(.{1,200}?)\?>")
_SLOT = patterns.compile(r"\{([^{}]{1,200})\}")


@dataclass(frozen=True)
class MadeLine:
    text: str
    statement: str
    """What the program's author wrote: its lines are one event."""

    @property
    def template(self) -> str:
        return _SLOT.sub("<*>", _OPTIONAL.sub("<*>", self.statement))


@dataclass(frozen=True)
class MadeSystem:
    name: str
    is_looked_at: bool
    """Its wrong lines were read while the rules of the parser were written."""
    lines: list[MadeLine]


def made_systems(statements: Path = STATEMENTS) -> list[MadeSystem]:
    content = tomllib.loads(statements.read_text(encoding="utf-8"))
    words = content.pop("words")
    return [
        MadeSystem(name, each.get("looked_at", False), _system_lines(name, each["statements"], words))
        for name, each in content.items()
    ]


def _system_lines(seed: str, statements: Sequence[str], words: Mapping[str, Sequence[str]]) -> list[MadeLine]:
    """As in real logs, the statement of rank n writes a share of 1/n; each is there once at least."""
    chance, ranked = random.Random(seed), list(statements)
    chance.shuffle(ranked)
    shares = [1 / rank for rank in range(1, len(ranked) + 1)]
    chosen = [*ranked, *chance.choices(ranked, shares, k=LINES_OF_SYSTEM - len(ranked))]
    chance.shuffle(chosen)
    return [MadeLine(_made_text(chance, statement, words), statement) for statement in chosen]


def _made_text(chance: random.Random, statement: str, words: Mapping[str, Sequence[str]]) -> str:
    text = _OPTIONAL.sub(lambda part: part[1] if chance.random() < 0.5 else "", statement)
    return _SLOT.sub(lambda slot: _value(chance, slot[1], words), text)


def _value(chance: random.Random, kind: str, words: Mapping[str, Sequence[str]]) -> str:
    if "|" in kind:
        return chance.choice(kind.split("|"))
    if kind in words:
        return chance.choice(words[kind])
    if kind in _COMPOSED:
        return _SLOT.sub(lambda slot: _value(chance, slot[1], words), _COMPOSED[kind])
    return str(_FORMS[kind](chance))


_COMPOSED: dict[str, str] = {
    "hostport": "{host}:{port}",
    "url": "{http|https}://{host}{path}",
    "mail": "{user}@{host}",
    "pod": "{deployment}-{hex8}-{tail}",
}


def _digits(chance: random.Random, smallest: int, largest: int) -> str:
    return str(chance.randint(smallest, largest))


def _hexadecimal(length: int) -> Callable[[random.Random], str]:
    return lambda chance: "".join(chance.choices("0123456789abcdef", k=length))


def _address(chance: random.Random) -> str:
    return ".".join(_digits(chance, 1, 254) for _ in range(4))


def _clock(chance: random.Random) -> str:
    return f"{chance.randint(0, 9)}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}.{chance.randint(0, 999):03}"


def _duration(chance: random.Random) -> str:
    form = chance.choice(["{}ms", "{}.{}s", "{} ms", "{}min {}s", "{}s"])
    return form.format(_digits(chance, 1, 900), _digits(chance, 1, 59))


def _size(chance: random.Random) -> str:
    return f"{chance.randint(1, 900)}{chance.choice(['', '.5', '.12'])} {chance.choice(['KB', 'MB', 'GB', 'bytes'])}"


_FORMS: dict[str, Callable[[random.Random], Any]] = {
    "n": lambda chance: _digits(chance, 0, 10 ** chance.randint(1, 7)),
    "small": lambda chance: _digits(chance, 0, 60),
    "decimal": lambda chance: f"{chance.uniform(-5, 900):.2f}",
    "money": lambda chance: f"{chance.randint(1, 4000)}.{chance.randint(0, 99):02}",
    "status": lambda chance: chance.choice([200, 201, 301, 304, 400, 401, 404, 500, 502, 503]),
    "port": lambda chance: _digits(chance, 80, 65_535),
    "ip": _address,
    "mac": lambda chance: ":".join(f"{chance.randint(0, 255):02x}" for _ in range(6)),
    "hex": _hexadecimal(16),
    "hex8": _hexadecimal(9),
    "tail": lambda chance: "".join(chance.choices("bcdfghjklmnpqrstvwxz2456789", k=5)),
    "queue": lambda chance: "".join(chance.choices("0123456789ABCDEF", k=10)),
    "uuid": lambda chance: "-".join(_hexadecimal(length)(chance) for length in (8, 4, 4, 4, 12)),
    "time": lambda chance: (
        f"{chance.randint(1, 28):02}/Nov/2026:{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:11 +0000"
    ),
    "clock": _clock,
    "duration": _duration,
    "size": _size,
    "version": lambda chance: f"{chance.randint(0, 9)}.{chance.randint(0, 30)}.{chance.randint(0, 9)}",
    "wal": lambda chance: f"{chance.randint(0, 9)}/{chance.getrandbits(28):X}",
    "card": lambda chance: f"{chance.randint(400000, 599999)}******{chance.randint(1000, 9999)}",
    "shelf": lambda chance: f"{chance.choice('ABCD')}-{chance.randint(1, 30):02}-{chance.randint(1, 9)}",
}
