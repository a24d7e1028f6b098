"""A text as a whole value: “500” is neither part of 1500 nor of 0.500, and “10.0.0.1” is not the beginning of 10.0.0.12.

The end of a constant or a parameter is a border, too: templates are cut where values begin and end.
"""

from domain.logs.store.time_text import Match
from llm_backend import patterns

# In words that Python and RE2 share. A point between digits is part of a number; in lists and tables commas are not.
_BEFORE_NUMBER, _BEHIND_NUMBER = r"(?:^|[^0-9.]|(?:^|[^0-9])\.)", r"(?:$|[^0-9A-Za-z.]|\.(?:$|[^0-9]))"
_BEFORE_DIGIT, _BEFORE_LETTER, _BEHIND = r"(?:^|[^0-9])", r"(?:^|[^0-9A-Za-z])", r"(?:$|[^0-9A-Za-z])"
_BEFORE = {each: patterns.compile(f"{each}$") for each in (_BEFORE_NUMBER, _BEFORE_DIGIT, _BEFORE_LETTER, "")}
_AFTER = {each: patterns.compile(f"^{each}") for each in (_BEHIND_NUMBER, _BEHIND, "")}


class WholeValue:
    """What may stand around a text that is looked for; a text that begins or ends with a sign has its border in itself."""

    def __init__(self, text: str) -> None:
        first, last, is_number = text[:1], text[-1:], text.isascii() and text.isdigit()
        before = _BEFORE_DIGIT if first.isdigit() else _BEFORE_LETTER if first.isalpha() else ""
        behind = _BEHIND if last.isalnum() else ""
        self._before = _BEFORE_NUMBER if is_number else before if first.isascii() else ""
        self._behind = _BEHIND_NUMBER if is_number else behind if last.isascii() else ""

    def begins_behind(self, text: str) -> bool:
        return bool(_BEFORE[self._before].search(text[-2:]))

    def ends_before(self, text: str) -> bool:
        return bool(_AFTER[self._behind].match(text[:2]))

    def pattern(self, part: str, match: Match) -> str:
        """For RE2: a value that holds the whole text, or begins or ends with a part of it."""
        before = "^" if match in ("starts", "equals") else self._before
        behind = "$" if match in ("ends", "equals") else self._behind
        return before + patterns.escape(part) + behind
