"""Terms of logs: what people call it, and the phrases that programs write for it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain.logs.questions.unread_words import UnreadWords
from llm_backend import patterns

MAX_KEPT_PHRASES = 500


@dataclass(frozen=True)
class Term:
    """`words`: those of the question. `is_first`: of the phrases only the first that a source has is meant."""

    words: str
    phrases: tuple[str, ...]
    is_first: bool = False


QUESTION_WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("question_words.toml").read_text()
)
_ROWS = QUESTION_WORDS["terms"].values()
_TERM_OF = {word: (tuple(row["phrases"]), "first" in row) for row in _ROWS for word in row["words"]}
_WORDS = patterns.words(
    _TERM_OF,
    before=r"(?<![A-Za-z0-9_.-])",
    after=r"(?:(?<=[a-z])s)?(?![A-Za-z0-9_])",
    flags=patterns.IGNORECASE,
)
_NAMED = patterns.words(_TERM_OF, flags=patterns.IGNORECASE)


def take_terms(question: UnreadWords) -> Iterator[Term]:
    while match := question.take(_WORDS):
        named = _NAMED.match(match[0])
        phrases, is_first = _TERM_OF[named[0].lower() if named else match[0].lower()]
        yield Term(match[0], phrases, is_first)


def find_phrase(phrase: str, text: str) -> str | None:
    """As the text writes it: whole words, whatever their capitals, in the singular or plural. After `*` a word's end."""
    match = _phrase_pattern(phrase).search(text)
    return match[0] if match else None


@lru_cache(MAX_KEPT_PHRASES)
def _phrase_pattern(phrase: str) -> patterns.Pattern[str]:
    name = phrase.removeprefix("*")
    is_latin = name.isascii()
    before = r"(?<![A-Za-z0-9])" if is_latin and name == phrase else ""
    after = r"(?=(?:s|es)?(?![A-Za-z0-9]))" if is_latin else ""
    return patterns.words([name], before=before, after=after, flags=patterns.IGNORECASE)
