"""What a model answered to an exam's question: a letter, or a number, among whatever else it wrote."""

from decimal import Decimal, InvalidOperation
from string import ascii_lowercase, digits

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

LETTERS = "ABCDEFGH"
# Of long answers the beginning says the letter, and the end the number.
MAX_CHARACTERS = 8000
# “A patient …” begins with an article, “A is right” with a choice.
_CHOICE = r"(?!A (?!(?:is|was|because|since|as|seems|would|and|or)\b)[a-z])([A-H])(?:[^A-Za-z]|$)"
_FIRST_LETTER = patterns.compile(rf"^[\s(\[*\"“]*{_CHOICE}")
# “答案不是 A，而是 B” names no answer with its first letter.
_NAMED_LETTER = patterns.compile(
    rf"(?:答案|选项?|[Aa]nswer|[Cc]hoice)[^A-Za-z不非]{{0,10}}(?:is|was)?[^A-Za-z不非]{{0,10}}{_CHOICE}"
)
_LONE_LETTER = patterns.compile(rf"(?:^|[^A-Za-z]){_CHOICE}")
_NUMBER = patterns.compile(r"-?\d[\d,]*(?:\.\d+)?")
_MARK = "####"
# What is written with spaces or marks around it.
_SPACED = frozenset(ascii_lowercase + digits)
_NOT_BEFORE = r"(?<![a-z0-9])(?<!\d[.,])"
_NOT_BEHIND = r"(?:e?s)?(?![a-z0-9])(?![.,]\d)"


def letter(text: str, choices: int) -> str:
    """The choice that is given; empty where none is, or several are."""
    answer = nfkc(text)[:MAX_CHARACTERS].strip()
    allowed = LETTERS[:choices]
    for pattern in (_FIRST_LETTER, _NAMED_LETTER):
        if (found := pattern.search(answer)) and found[1] in allowed:
            return found[1]
    alone = {each for each in _LONE_LETTER.findall(answer) if each in allowed}
    return alone.pop() if len(alone) == 1 else ""


def contains(text: str, wanted: str) -> bool:
    """Whether these words, or this number, stand there whole: “no” is not in “I do not know”, nor 6 in 16 or 6.5. A plural
    is the word itself; Chinese writes words without a space between them, so there every place counts.
    """
    answer, sought = (nfkc(each)[:MAX_CHARACTERS].casefold() for each in (text, wanted.strip()))
    if not sought:
        return False
    before = _NOT_BEFORE if sought[0] in _SPACED else ""
    after = _NOT_BEHIND if sought[-1] in _SPACED else ""
    return bool(patterns.words([sought], before=before, after=after).search(answer))


def number(text: str) -> Decimal | None:
    """The number behind the last `####`, else the last one there is."""
    answer = nfkc(text)[-MAX_CHARACTERS:]
    _before, mark, behind = answer.rpartition(_MARK)
    found = _NUMBER.findall(behind) if mark else []
    if not found:
        found = _NUMBER.findall(answer)[-1:]
    try:
        return Decimal(found[0].replace(",", "")) if found else None
    except InvalidOperation:
        return None
