"""Words of a shape and the delimiters between them."""

from collections.abc import Sequence
from typing import NamedTuple

from llm_backend import patterns
from logmining.parsing.masking import PARAMETER, SPAN

Words = tuple[str, ...]
Delimiters = tuple[str, ...]

VALUE_OPENERS = frozenset("=([{\"'<|")
"""After these stands a value more often than a word of the message; between these it may also be missing."""

_DELIMITER = patterns.compile(r"([ \t\r\n]+|[=,;()\[\]{}\"'|:<>，；：（）【】「」、“”])")
_IDENTIFIER = patterns.compile(r"[\x11\x12._/@$\\#*\-0-9]|[a-z][A-Z]|\A[A-Z][a-z]+[A-Z]")
_HOST = patterns.compile(r"\A[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_LIST = patterns.compile(r"\x11(?:(?:, ?|[ |;、]|##)\x11)+")


class Tokens(NamedTuple):
    """Words and delimiters in turn: there is one word more, and words between two delimiters may be empty."""

    words: Words
    delimiters: Delimiters
    """Any run of white space is one space: columns that a program aligned are no different messages."""
    spacing: Delimiters
    """The delimiters as they were written, with what stands before the first word and after the last."""


def split_tokens(shape: str) -> Tokens:
    text = shape.strip()
    start = shape.find(text)
    parts = _DELIMITER.split(text)
    written = parts[1::2]
    return Tokens(
        words=tuple(parts[0::2]),
        delimiters=tuple(" " if part.isspace() else part for part in written),
        spacing=(shape[:start], *written, shape[start + len(text) :]),
    )


def join_tokens(words: Words, spacing: Delimiters) -> str:
    return spacing[0] + "".join(word + after for word, after in zip(words, spacing[1:], strict=True))


def merge_spacing(tokens: Sequence[Tokens]) -> Delimiters:
    """What was written between the words, where all wrote the same, else one space."""
    if len({each.spacing for each in tokens}) == 1:
        return tokens[0].spacing
    between = zip(*(each.spacing[1:-1] for each in tokens), strict=True)
    return ("", *(same[0] if len(set(same)) == 1 else " " for same in between), "")


def is_identifier(word: str) -> bool:
    """Whether a word looks like the name of something: a host, a file, a class, an id; not like a word of a sentence."""
    return word not in (PARAMETER, SPAN) and _IDENTIFIER.search(word) is not None


def is_numbered(word: str) -> bool:
    return PARAMETER in word or any(letter.isdigit() for letter in word)


def is_host(word: str) -> bool:
    return _HOST.fullmatch(word) is not None


def has_letters(word: str) -> bool:
    return any(letter.isalpha() for letter in word)


def collapse_lists(text: str) -> str:
    """Values that follow each other with nothing else between them, as one value of any length."""
    return _LIST.sub(SPAN, text)
