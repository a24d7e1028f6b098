"""What a model answered to an exam's question: a letter, or a number, among whatever else it wrote."""

from decimal import Decimal
from string import ascii_lowercase, digits

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

LETTERS = "ABCDEFGH"
# Of long answers the beginning says the letter, and the end the number.
MAX_CHARACTERS = 8000
# What is said of a choice that is not the answer: “A 项错误”, “Option A is wrong”.
_IS_WRONG = r"\s?(?:选项|项)?[\s:]{0,2}(?:是?(?:错|不(?!是\s?[A-H])|有误)|(?:is |are )?(?:wrong|incorrect|false)|is not\b)"
# “A patient …” begins with an article, “A is right” with a choice.
_ONE = rf"(?!A (?!(?:is|was|because|since|as|seems|would|and|or)\b)[a-z])([A-H])(?!{_IS_WRONG})"
# “A、B 均可” gives none, nor does “A and B are wrong”.
_CHOICE = rf"{_ONE}(?!\s?(?:[、和与及]|and )\s?[A-H](?:[^A-Za-z]|$))(?:[^A-Za-z]|$)"
_FIRST_LETTER = patterns.compile(rf"^[\s(\[*\"“]*{_CHOICE}")
# “答案不是 A，而是 B” names no answer with its first letter.
_ANSWER, _OPTION = (
    patterns.compile(rf"(?:{words})[^A-Za-z不非]{{0,10}}(?:is|was)?[^A-Za-z不非]{{0,10}}{_CHOICE}")
    for words in ("答案|[Aa]nswer", "(?<!不)(?<!不能)(?<!不应)(?<!不该)选项?|[Cc]hoice")
)
_SMALL_LETTER = patterns.compile(r"[\s(\[*\"“]{0,9}([a-h])[\s)\]*\"”.。、:]{0,9}")
_LONE_LETTER = patterns.compile(rf"(?<![A-Za-z]){_ONE}(?![A-Za-z])")
# The stroke of “3-5” is none of a number below zero.
_NUMBER = patterns.compile(r"((?:(?<!\d)-)?\d[\d,]*(?:\.\d+)?)(?:\s?/\s?(\d+)(?![\d/])|\s?([万亿]))?")
# As people group digits, and as TeX does: 1,200, 1{,}200, 1\,200.
_GROUPED = patterns.compile(r"(?<![\d.,])\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+(?!\d)")
_TIMES = {"万": 10**4, "亿": 10**8}
_MINUS_SIGN = "\u2212"
_MARK = "####"
# What is written with spaces or marks around it.
_SPACED = frozenset(ascii_lowercase + digits)
_NOT_BEFORE = r"(?<![a-z0-9])(?<!\d[.,])"
_NOT_BEHIND = r"(?:e?s)?(?![a-z0-9])(?![.,]\d)"


def letter(text: str, choices: int) -> str:
    """The choice that is given; empty where none is, or several are."""
    answer = nfkc(text)[:MAX_CHARACTERS].strip()
    allowed = LETTERS[:choices]
    if small := _SMALL_LETTER.fullmatch(answer):
        answer = small[1].upper()
    for pattern in (_FIRST_LETTER, _ANSWER, _OPTION):
        if (found := pattern.search(answer)) and found[1] in allowed:
            return found[1]
    alone = {each for each in _LONE_LETTER.findall(answer) if each in allowed}
    return alone.pop() if len(alone) == 1 else ""


def contains(text: str, wanted: str) -> bool:
    """Whether these words, or this number, stand there whole: “no” is not in “I do not know”, nor 6 in 16 or 6.5. A plural
    is the word itself; Chinese writes words without a space between them, so there every place counts.
    """
    answer, sought = (_ungrouped(nfkc(each)[:MAX_CHARACTERS]).casefold() for each in (text, wanted.strip()))
    if not sought:
        return False
    before = _NOT_BEFORE if sought[0] in _SPACED else ""
    after = _NOT_BEHIND if sought[-1] in _SPACED else ""
    return bool(patterns.words([sought], before=before, after=after).search(answer))


def number(text: str) -> Decimal | None:
    """The number behind the last `####`, else the last one there is. “3/4” and “1.2万” are one number each."""
    answer = _ungrouped(nfkc(text)[-MAX_CHARACTERS:].replace(_MINUS_SIGN, "-"))
    _before, mark, behind = answer.rpartition(_MARK)
    found = _NUMBER.findall(behind) if mark else []
    if not found:
        found = _NUMBER.findall(answer)[-1:]
    if not found:
        return None
    amount, divisor, unit = found[0]
    try:
        return Decimal(amount.replace(",", "")) * _TIMES.get(unit, 1) / Decimal(divisor or 1)
    except ArithmeticError:
        return None


def _ungrouped(text: str) -> str:
    """1,200 is 1200."""
    return _GROUPED.sub(lambda number: "".join(filter(str.isdigit, number[0])), text)
