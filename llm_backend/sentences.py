"""Sentences, clauses and citations of Chinese and English text, with their places."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from llm_backend import patterns

# The threshold of Whisper's own decoder (OpenAI's `transcribe`): a text that packs better than this repeats itself.
LOOP_COMPRESSION = 2.4
# As much of the end of a loop as is looked for where it stood first.
_LOOP_TAIL = 24
_CITATION = patterns.compile(r"[\[【](\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)[\]】]")
_SPACE = patterns.compile(r"\s{0,20}+")
_CITATIONS_AFTER = patterns.compile(rf"{_CITATION.pattern}(?:\s*+{_CITATION.pattern})*[。.]?")
_CITATION_WITH_SPACE = patterns.compile(rf"(?<!\s)\s*{_CITATION.pattern}")
_END = patterns.compile(
    r"""[。！？!?；;…]+["'”’」』)）]*      # full stops that always end a sentence
      | \.{1,200}+["'”’)]*(?=\s|$|[\[【])         # a dot does so before white space or a citation
      | \n+""",
    patterns.VERBOSE,
)
_ABBREVIATION = patterns.compile(
    r"\b(?:mr|mrs|ms|dr|prof|no|vs|etc|approx|e\.g|i\.e|fig|st|inc|ltd|co|[a-z])\Z", patterns.IGNORECASE
)
# Days, months and the like, which also are words that end a sentence: “Mon. to Fri. 9–5” goes on.
_SHORT_WORD = patterns.compile(
    r"\b(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|rd|ave|tel|ext)\Z",
    patterns.IGNORECASE,
)
_GOES_ON = patterns.compile(r"\s{0,3}(?:\d|[–-]|(?:to|and|through)\b)")
_LONGEST_ADDRESS = 400
# The longest abbreviation, and enough before it to see where its word begins.
_ABBREVIATION_CHARACTERS = 8
_LIST_MARK = patterns.compile(r"^\s*(?:[-*•·]|#{1,6}|\d{1,2}[.)、]|[（(]\d{1,2}[)）])\s*")
# Not before a digit: “1,234” and “3.5” are one number.
_CLAUSE = patterns.compile(r"[,，;；:：。.!?！？\n]+(?!\d)")
_CJK = patterns.compile(r"[㐀-鿿]")
_LATIN = patterns.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` as written; `claim` without citations and list marks."""

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    claim: str


def sentences(text: str) -> list[Sentence]:
    """In the order of the text. A stretch without any letter or digit, such as a line of dashes, is no sentence."""
    return [
        _sentence(text, start, end) for start, end in _bounds(text) if patterns.search(r"\w", text[start:end])
    ]


def clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


def without_citations(text: str) -> str:
    return _CITATION_WITH_SPACE.sub("", text)


def repeats_itself(text: str) -> bool:
    """Whether it says the same again and again, as models do that have nothing to say."""
    plain_bytes = text.encode()
    return len(plain_bytes) / max(1, len(zlib.compress(plain_bytes))) > LOOP_COMPRESSION


def before_repetition(text: str) -> str:
    """Of a text that goes in circles at its end: as far as its sentences say something new. The last one was stopped
    within. Where a single sentence goes in circles, as far as its words are new.
    """
    # Of each sentence where it stood first.
    ends = {each.text: each.end for each in reversed(sentences(text)[:-1])}
    return text[: max(ends.values(), default=text.find(text[-_LOOP_TAIL:]) + _LOOP_TAIL)].strip()


def is_chinese(text: str) -> bool:
    """One Chinese character carries about as much as one English word."""
    return len(_CJK.findall(text)) > len(_LATIN.findall(text))


def _sentence(text: str, start: int, end: int) -> Sentence:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    piece = piece.strip()
    numbers = [int(n) for mark in _CITATION.findall(piece) for n in patterns.findall(r"\d+", mark)]
    claim = _LIST_MARK.sub("", _CITATION.sub("", piece))
    return Sentence(piece, start, start + len(piece), tuple(dict.fromkeys(numbers)), claim)


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    start, place = 0, 0
    while stop := _END.search(text, place):
        is_first = place == start
        place = stop.end()
        if _is_inside(text, start, stop, is_first=is_first):
            continue
        space = _SPACE.match(text, place)
        if space and (after := _CITATIONS_AFTER.match(text, space.end())):
            place = after.end()
        yield start, place
        start = place
    yield start, len(text)


def _is_inside(text: str, start: int, stop: patterns.Match[str], *, is_first: bool) -> bool:
    """“Dr.” ends no sentence, nor does the number in front of a list's item, nor the “?” of an address of the web."""
    at = stop.start()
    if stop[0] in ("?", "!", ";"):
        return "!" <= text[stop.end() : stop.end() + 1] <= "~" and _is_address(
            text[max(start, at - _LONGEST_ADDRESS) : at]
        )
    if not stop[0].startswith("."):
        return False
    before = max(start, at - _ABBREVIATION_CHARACTERS)
    is_item = is_first and text[start:at].lstrip().isdecimal()
    goes_on = _SHORT_WORD.search(text, before, at) and _GOES_ON.match(text, stop.end())
    return is_item or bool(goes_on) or _ABBREVIATION.search(text, before, at) is not None


def _is_address(before: str) -> bool:
    """Whether these words end in an address without white space."""
    begin = max(before.rfind("://"), before.rfind("www."))
    return begin >= 0 and all("!" <= letter <= "~" for letter in before[begin:])
