"""Where copy is published and what each place allows. `channels.toml` holds the limits that the places publish."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from domain.marketing.copy_checks.counting import Counting, length

__all__ = ["Channel", "Counting", "FieldRules", "RequiredText", "channels", "length"]

FILE = Path(__file__).with_name("channels.toml")


@dataclass(frozen=True)
class FieldRules:
    """`max_length` and `min_length` in the channel's own `counting`."""

    key: str
    name_zh: str
    name_en: str
    max_length: int
    counting: Counting
    is_required: bool
    min_length: int = 0


@dataclass(frozen=True)
class RequiredText:
    """One of `any_of` must stand in `field`; “…” stands for a few letters, as in 【…】.

    `language`: of the copy that it is asked of, "" for every one. `place`: "start" where nothing may stand before it.
    """

    key: str
    name_zh: str
    name_en: str
    field: str
    any_of: tuple[str, ...]
    language: Literal["", "zh", "en"] = ""
    place: Literal["start", "anywhere"] = "anywhere"


@dataclass(frozen=True)
class Channel:
    """Hashtags, emoji and links are counted over all fields. `source`: who publishes the limits, and where.

    `sent_link_characters`: so long a link is at least once it is sent, as a short link of one person; 0: as it stands.
    """

    key: str
    name_zh: str
    name_en: str
    fields: tuple[FieldRules, ...]
    min_hashtags: int
    max_hashtags: int
    max_emoji: int
    max_links: int
    must_contain: tuple[RequiredText, ...]
    advice_zh: str
    advice_en: str
    source: str
    sent_link_characters: int = 0


@cache
def channels() -> Mapping[str, Channel]:
    """The built-in ones by their key, in the order in which people know them."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({key: _channel(key, row) for key, row in rows.items()})


def _channel(key: str, row: Mapping[str, Any]) -> Channel:
    fields = tuple(FieldRules(**each) for each in row["fields"])
    required_texts = tuple(
        RequiredText(**{**each, "any_of": tuple(each["any_of"])}) for each in row.get("must_contain", ())
    )
    return Channel(**{**row, "key": key, "fields": fields, "must_contain": required_texts})
