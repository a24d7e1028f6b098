"""The two languages of what is said, and where their sentences begin and end."""

from collections.abc import Mapping
from typing import Literal

from llm_backend import patterns
from llm_backend.sentences import is_chinese

Language = Literal["zh", "en"]
CharacterSpan = tuple[int, int]
# “Vitamin D.” and “A and E.” end a sentence: the letter is no initial.
_NO_INITIAL = "|".join(
    rf"(?<=\b{before} [a-z])"
    for before in ("[a-z] and", "[a-z] &", "[a-z] or", "vitamin", "hepatitis", "type", "group")
)
# “Dr. Wong” and “J. Lee” go on; transcribers also write a stop apart from its word.
_SENTENCE_END: Mapping[Language, patterns.Pattern[str]] = {
    "zh": patterns.compile(r"[。！!？?；;\n]+"),
    "en": patterns.compile(
        rf"(?<![\s.]dr)(?:(?<!\b[a-z])|{_NO_INITIAL})[.!?;]{{1,200}}+(?=\s|$)|(?<=\w\s)[.!?](?=\s|$)|\n+",
        patterns.IGNORECASE,
    ),
}


# What decides about a mention stands near it. People who talk on, and recognisers that go round in circles, set no stops.
MAX_SENTENCE_SIDE = 500
_MAX_CHARACTERS_TO_TELL = 4000


def detect_language(text: str) -> Language:
    """By how it begins: each mention in a line asks for the language of the line."""
    return "zh" if is_chinese(text[:_MAX_CHARACTERS_TO_TELL]) else "en"


def with_one_apostrophe(text: str) -> str:
    """With one kind of apostrophe, as the word lists write it. Places stay what they are."""
    return text.replace("'", "’")


def sentence_at(text: str, start: int, end: int, language: Language) -> CharacterSpan:
    """The sentence around `text[start:end]`, its end mark included; of a longer one what is near."""
    first, last = max(0, start - MAX_SENTENCE_SIDE), min(len(text), end + MAX_SENTENCE_SIDE)
    for stop in _SENTENCE_END[language].finditer(text, first, last):
        if stop.end() <= start:
            first = stop.end()
        elif stop.start() >= end:
            last = stop.end()
            break
    return first, last
