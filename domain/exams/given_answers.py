"""What a model answered to an exam's question: a letter, or a number, among whatever else it wrote."""

from decimal import Decimal, InvalidOperation

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

LETTERS = "ABCDEFGH"
# Of long answers the beginning says the letter, and the end the number.
MAX_CHARACTERS = 8000
_FIRST_LETTER = patterns.compile(r"^[\s(\[*\"“]*([A-H])(?:[^A-Za-z]|$)")
_NAMED_LETTER = patterns.compile(
    r"(?:答案|选项?|[Aa]nswer|[Cc]hoice)[^A-Za-z]{0,10}(?:is|was)?[^A-Za-z]{0,10}([A-H])(?:[^A-Za-z]|$)"
)
_LONE_LETTER = patterns.compile(r"(?:^|[^A-Za-z])([A-H])(?:[^A-Za-z]|$)")
_NUMBER = patterns.compile(r"-?\d[\d,]*(?:\.\d+)?")
_MARK = "####"


def letter(text: str, choices: int) -> str:
    """The choice that is given; empty where none is, or several are."""
    answer = nfkc(text)[:MAX_CHARACTERS].strip()
    allowed = LETTERS[:choices]
    for pattern in (_FIRST_LETTER, _NAMED_LETTER):
        if (found := pattern.search(answer)) and found[1] in allowed:
            return found[1]
    alone = {each for each in _LONE_LETTER.findall(answer) if each in allowed}
    return alone.pop() if len(alone) == 1 else ""


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
