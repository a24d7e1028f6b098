"""What kind of event a text tells of: failed sign-ins, time-outs, a full disk. By general words, for any system."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llm_backend import patterns

MAX_CHARACTERS = 2_000
# Of the words that tell of one event twice (a password failed, and so did the authentication) the first one counts
# that is nearly as frequent as any.
FREQUENT_SHARE = 0.5
_FAMILIES = Path(__file__).with_name("event_families.toml")


@dataclass(frozen=True)
class EventFamily:
    """`least`: fewer records of it are nothing that anybody has to look at. `words` in the order of their plainness."""

    key: str
    words: tuple[str, ...]
    pattern: patterns.Pattern[str]
    least: int = 1

    def word_in(self, text: str) -> str:
        """The plainest of its words that the text holds, or nothing."""
        found = {each[0] for each in self.pattern.finditer(text[:MAX_CHARACTERS].lower())}
        return next((word for word in self.words if word in found), "")


@cache
def families() -> dict[str, EventFamily]:
    """By their keys, the one that says most first."""
    content = tomllib.loads(_FAMILIES.read_text(encoding="utf-8"))
    return {
        key: EventFamily(
            key,
            tuple(entry["words"]),
            patterns.words(entry["words"], before=r"(?<![a-z])", after=r"(?![a-z])"),
            entry.get("least", 1),
        )
        for key, entry in content.items()
    }


def family_of(text: str) -> EventFamily | None:
    """The family of a line or a template."""
    lower_text = text[:MAX_CHARACTERS].lower()
    return next((each for each in families().values() if each.pattern.search(lower_text)), None)


def counted_word(family: EventFamily, counts: Mapping[str, int]) -> str:
    """Of the words of a family, with how many records hold them, the one whose records are the events."""
    most = max(counts.values(), default=0)
    return next((word for word in family.words if counts.get(word, 0) >= max(1, FREQUENT_SHARE * most)), "")
