"""People correct what was heard: every word keeps its time, and what was misheard is told."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

from domain.clinical.transcripts.transcript import Utterance
from llm_backend import patterns
from llm_backend.changes import diff_opcodes
from llm_backend.chinese_words import segmenter
from llm_backend.speech.transcripts import Word
from llm_backend.wording import normalise

# Words and numbers; Chinese by characters, which is how recognisers err.
_TOKEN = patterns.compile(r"[A-Za-zÀ-ÿ]+(?:[-'][A-Za-zÀ-ÿ]+)*|\d+(?:[.,]\d+)*|\S")
_IDEOGRAPH = patterns.compile(r"[\u3400-\u9fff]")
# Longer ones are rewritten sentences and teach a recogniser nothing.
MAX_TERM_CHARACTERS = 40


class TermCorrection(NamedTuple):
    heard: str
    meant: str


@dataclass(frozen=True)
class Shift:
    """Where characters of a text lie in its corrected form.

    Only what lies between the equal beginnings and ends is compared: that is little, of however long a text.
    """

    lead: int
    opcodes: tuple[tuple[str, int, int, int, int], ...]

    @classmethod
    def between(cls, old: str, new: str) -> "Shift":
        shorter = min(len(old), len(new))
        lead = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        left = shorter - lead
        tail = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
        middles = old[lead : len(old) - tail], new[lead : len(new) - tail]
        opcodes = diff_opcodes(*middles)
        end = ("equal", len(middles[0]), len(middles[0]) + tail, len(middles[1]), len(middles[1]) + tail)
        return cls(lead, (*opcodes, end))

    def __call__(self, offset: int) -> int:
        if offset < self.lead:
            return offset
        place, moved = offset - self.lead, 0
        for tag, i1, i2, j1, j2 in self.opcodes:
            if not i1 <= place <= i2:
                continue
            if tag == "equal":
                moved = j1 + place - i1
            elif tag == "insert":
                # What is inserted belongs to the word before it; at the beginning, to the first one.
                moved = j2 if offset else j1
            else:
                moved = j1 + round((place - i1) * (j2 - j1) / (i2 - i1))
        return self.lead + moved


def correct_utterance(utterance: Utterance, text: str) -> Utterance:
    """With another text. Words that stayed keep their time, a replaced one takes the time of what it replaces."""
    text = " ".join(text.split())
    return replace(utterance, text=text, words=tuple(_with_times(utterance.words, text)))


def find_corrections(old: str, new: str) -> list[TermCorrection]:
    """Words that were replaced by others. What was only added, left out or written otherwise is not among them."""
    old_tokens, new_tokens = ([match.span() for match in _TOKEN.finditer(text)] for text in (old, new))
    operations = diff_opcodes(
        [normalise(old[a:b]) for a, b in old_tokens], [normalise(new[a:b]) for a, b in new_tokens]
    )
    corrections = []
    for tag, i1, i2, j1, j2 in operations:
        if tag == "replace":
            begin, end = _whole_words(new, new_tokens[j1][0], new_tokens[j2 - 1][1])
            before, after = new_tokens[j1][0] - begin, end - new_tokens[j2 - 1][1]
            heard = old[max(0, old_tokens[i1][0] - before) : old_tokens[i2 - 1][1] + after]
            corrections.append(TermCorrection(heard.strip(), new[begin:end].strip()))
    return [
        each
        for each in corrections
        if 1 < len(each.meant) <= MAX_TERM_CHARACTERS and any(letter.isalpha() for letter in each.meant)
    ]


def _with_times(words: tuple[Word, ...], text: str) -> Iterator[Word]:
    heard = "".join(word.text for word in words)
    lead = len(heard) - len(heard.lstrip())
    shift = Shift.between(heard[lead:], text)
    ends = [max(0, end - lead) for end in accumulate(len(word.text) for word in words)]
    begin = 0
    for number, (word, end) in enumerate(zip(words, ends, strict=True)):
        # The last word takes all that is left, so that nothing of the text goes without a time.
        moved = len(text) if number == len(words) - 1 else max(begin, shift(end))
        said = text[begin:moved]
        if said.strip():
            is_same = said.strip() == word.text.strip()
            yield replace(word, text=said, probability=word.probability if is_same else 1.0)
        begin = moved


def _whole_words(text: str, begin: int, end: int) -> tuple[int, int]:
    """Chinese is compared by characters: the words that they belong to are what people mean."""
    if not _IDEOGRAPH.search(text[begin:end]):
        return begin, end
    words = [(a, b) for _word, a, b in segmenter().tokenize(text) if a < end and b > begin]
    return min(a for a, _b in words), max(b for _a, b in words)
