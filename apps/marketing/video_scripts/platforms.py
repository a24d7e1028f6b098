"""Where short videos are published and what each place allows, and how fast people speak and read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import get_language

from apps.core.errors import NotFound

# What one answer of a model holds together, and a person reads through; longer videos are no short ones.
MAX_SCRIPT_SECONDS = 180
# Room for an opening and something behind it.
MIN_SCRIPT_SECONDS = 6


@dataclass(frozen=True)
class Platform:
    """`source`: who publishes the limits, and where."""

    key: str
    name_zh: str
    name_en: str
    min_seconds: int
    max_seconds: int
    aspect_ratio: str
    max_caption: int
    source: str

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    @property
    def max_script_seconds(self) -> int:
        return min(self.max_seconds, MAX_SCRIPT_SECONDS)


@dataclass(frozen=True)
class Pace:
    """A second's worth of voice-over and of text on the screen, and the width of a line. See `pace.toml`."""

    spoken: float
    read: int
    line: int
    source: str

    def max_spoken(self, seconds: int) -> int:
        return int(seconds * self.spoken)

    def max_on_screen(self, seconds: int) -> int:
        """Two lines, or what is read while the shot lasts."""
        return min(2 * self.line, seconds * self.read)


@cache
def platforms() -> Mapping[str, Platform]:
    return MappingProxyType({key: Platform(key=key, **row) for key, row in _read("platforms").items()})


def platform(key: str) -> Platform:
    """Raises NotFound."""
    if key not in platforms():
        raise NotFound
    return platforms()[key]


@cache
def pace(language: str) -> Pace:
    return Pace(**_read("pace")[language])


def platform_name(key: str) -> str:
    """The name of a platform; the bare key of one that is not built in any more."""
    return platforms()[key].name if key in platforms() else key


def platform_choices() -> list[tuple[str, str]]:
    return [(key, each.name) for key, each in platforms().items()]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
