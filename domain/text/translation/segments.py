"""What is translated at a time: a paragraph or a line, cut at the ends of sentences where it is long."""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.unicode_forms import nfc

# How prompts name the languages.
LANGUAGES = {
    "zh": "Simplified Chinese (简体中文)",
    "en": "English",
    "ja": "Japanese (日本語)",
    "ko": "Korean (한국어)",
    "de": "German (Deutsch)",
    "fr": "French (Français)",
    "es": "Spanish (Español)",
}
WITHOUT_SPACES = frozenset({"zh", "ja"})
MAX_SEGMENT_CHARACTERS = 1200
# Of a document, or of a typed text.
MAX_SEGMENTS = 5000
# So many hashes of a text's pieces tell whether two texts are much alike, and show nothing of what they say. See
# docs/decisions/translation.md.
SKETCH_SIZE = 12
# A tab parts the cells of a table that somebody pasted.
_LINE = patterns.compile(r"[^\r\n\t]++")
_CJK = patterns.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKER = patterns.compile(r"</?\d{1,4}/?>")


@dataclass(frozen=True)
class Pair:
    """The two languages: from which into which."""

    source: str
    target: str


def has_words(text: str) -> bool:
    """Whether there is something to translate: numbers and signs alone are the same in every language."""
    return any(character.isalpha() for character in _MARKER.sub("", text))


def text_spans(text: str) -> Iterator[tuple[int, int]]:
    """The places where the segments of a plain text stand; the white space between them belongs to none."""
    for line in _LINE.finditer(text):
        if not has_words(line[0]):
            continue
        start = line.start() + len(line[0]) - len(line[0].lstrip())
        end = line.start() + len(line[0].rstrip())
        if end - start <= MAX_SEGMENT_CHARACTERS:
            yield start, end
        else:
            yield from _cut(text, start, end)


def replace_segments(
    text: str, spans: list[tuple[int, int]], translations: list[str], target_language: str
) -> str:
    """The text with its segments replaced. Sentences that touched, as Chinese ones do, get the space they need."""
    parts: list[str] = []
    at = 0
    for (start, end), translation in zip(spans, translations, strict=True):
        touches = bool(parts) and start == at and target_language not in WITHOUT_SPACES
        parts += [" " if touches else text[at:start], translation]
        at = end
    return "".join([*parts, text[at:]])


def normal_form(text: str) -> str:
    """Two sources that are the same to the translation memory: composed characters, single spaces."""
    return " ".join(nfc(text).split())


def digest(text: str) -> str:
    """The same for two sources that the memory takes for one; short enough for a word of an index."""
    return hashlib.sha256(normal_form(text).encode()).hexdigest()[:11]


def sketch(text: str) -> list[str]:
    """A few of the text's short pieces, always the same ones, so that texts much alike share most of them.

    The pieces with the smallest hashes are a fair sample of all (a bottom-k sketch, Broder 1997).
    """
    letters = normal_form(text).casefold().replace(" ", "_")
    length = 3 if _CJK.search(letters) else 5
    pieces = {letters[start : start + length] for start in range(max(1, len(letters) - length + 1))}
    return heapq.nsmallest(SKETCH_SIZE, pieces, key=lambda piece: hashlib.sha256(piece.encode()).digest())


def similarity(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 1, by what would have to be typed to make one of the other."""
    return fuzz.ratio(normal_form(one), normal_form(other)) / 100


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Whole sentences, as many as fit; one that is longer than a segment may be is left in one piece."""
    first = last = None
    for sentence in sentences(text[start:end]):
        if first is not None and last is not None and sentence.end - first > MAX_SEGMENT_CHARACTERS:
            yield start + first, start + last
            first = None
        first = sentence.start if first is None else first
        last = sentence.end
    if first is not None and last is not None:
        yield start + first, start + last
