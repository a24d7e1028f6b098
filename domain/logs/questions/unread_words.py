"""A question of which one piece after another is understood."""

from llm_backend import patterns


class UnreadWords:
    """A question of which one piece after another is understood; `rest` keeps the places of what is not."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def take(self, pattern: patterns.Pattern[str]) -> patterns.Match[str] | None:
        """The first piece that fits, which is understood now."""
        if match := pattern.search(self.rest):
            self.blank(match.start(), match.end())
        return match

    def blank(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + " " * (end - start) + self.rest[end:]
