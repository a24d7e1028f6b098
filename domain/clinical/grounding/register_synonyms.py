"""Words of talk and of records that mean the same: who says “我妈走了” and who writes “母亲去世” name one thing."""

from pathlib import Path

from llm_backend import patterns

_LINES = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
_NAMES = {
    name: names[0] for line in _LINES if line[:1] != "#" for names in [line.split(", ")] for name in names
}
_LATIN = patterns.words(filter(str.isascii, _NAMES), before="(?<![a-z0-9])", after="(?![a-z0-9])")
_PATTERN = patterns.either(_LATIN, patterns.words(name for name in _NAMES if not name.isascii()))


def find_synonyms(plain: str) -> list[tuple[str, int, int]]:
    """(name, start, end) of each, in a text that is normalised."""
    return [(_NAMES[match[0]], match.start(), match.end()) for match in _PATTERN.finditer(plain)]
