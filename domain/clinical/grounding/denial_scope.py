"""Is a denial wider than what was asked? No penicillin allergy is not “no known allergies”."""

from pathlib import Path

from domain.clinical.word_lists import read, read_patterns
from llm_backend import patterns

_FILE = Path(__file__).with_suffix(".toml")
_KINDS = [read_patterns(_FILE, kind, flags=patterns.IGNORECASE) for kind in read(_FILE)]


def is_wider(claim: str, source_text: str) -> bool:
    """Whether `claim` denies the whole of a kind of which `source_text` speaks only in part."""
    return any(
        kind["claim"].search(claim)
        and kind["part"].search(source_text)
        and not kind["whole"].search(source_text)
        for kind in _KINDS
    )
