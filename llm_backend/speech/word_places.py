"""Where the words of a recording stand in the text that people read, which has its numbers written out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llm_backend.speech.transcripts import Word

# Punctuation, spaces and a written number lie between a word and the next that is found again.
MAX_GAP_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """`begin`: its first character in the text. `gap`: what stands before it. `start`: seconds."""

    text: str
    gap: str
    begin: int
    start: float
    has_low_confidence: bool


def place_words(text: str, words: Sequence[Word]) -> list[PlacedWord]:
    """Gaps and words together are the whole text. Words that were written otherwise, as numbers are, count as one."""
    return list(_place(text, words)) if words else []


def _place(text: str, words: Sequence[Word]) -> Iterator[PlacedWord]:
    end, rewritten = 0, list[Word]()
    for word in words:
        spoken = word.text.strip()
        begin = text.find(spoken, end, end + len(spoken) + MAX_GAP_CHARACTERS) if spoken else -1
        if begin < 0:
            rewritten.append(word)
            continue
        if written := _as_written(text[end:begin], end, rewritten):
            yield written
            end = written.begin + len(written.text)
        yield PlacedWord(spoken, text[end:begin], begin, word.start, word.has_low_confidence)
        end, rewritten = begin + len(spoken), []
    if text[end:]:
        last = rewritten or [words[-1]]
        is_unsure = any(word.has_low_confidence for word in rewritten)
        yield PlacedWord(text[end:], "", end, last[0].start, is_unsure)


def _as_written(gap: str, begin: int, rewritten: Sequence[Word]) -> PlacedWord | None:
    written = gap.strip(" ,.，。、；;：:！!？?")
    if not (written and rewritten):
        return None
    offset = gap.index(written)
    is_unsure = any(word.has_low_confidence for word in rewritten)
    return PlacedWord(written, gap[:offset], begin + offset, rewritten[0].start, is_unsure)
