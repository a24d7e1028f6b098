"""Formats of numbers in sheets and charts: `0.0%` shows 0.155 as 15.5%, `000000` 7 as 000007, `0.0"万元"` 3 as 3万元."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from llm_backend import patterns

# By their numbers: the same for all, and months as Excel shows them in Chinese.
BUILT_IN = {9: "0%", 10: "0.00%", 17: "mmm-yy", **dict.fromkeys((27, 36, 50, 52, 57), "yyyy年m月")}
# What is written beside the digits (in quotes, behind a stroke, or a currency), gaps, colours and conditions, the digits.
_TOKEN = patterns.compile(
    r'"(?P<quoted>[^"]{0,100})"|[\\!](?P<escaped>.)|\[\$(?P<currency>[^\]-]{0,20})[^\]]{0,40}\]|[_*].'
    r"|\[(?P<condition>[<>=][^\]]{0,60})\]|\[[^\]]{0,60}\]|(?P<digits>General|[0#?,.]{1,60})|(?P<sign>.)",
    patterns.DOTALL,
)
_DATE_LETTERS = {"a": len("2026-03-01"), "m": len("2026-03"), "my": len("2026-03"), "y": len("2026")}
_ZEROS = patterns.compile(r"0{2,30}")
_PLAIN_SIGNS = frozenset("$¥￥€£%‰°℃℉")


class NumberFormat(NamedTuple):
    """`before`, `behind`: words and signs beside the digits; `width`: how many digits there are at least."""

    before: str = ""
    behind: str = ""
    width: int = 0
    is_percent: bool = False

    def text(self, value: float) -> str:
        """A number as its cell shows it, no digit rounded away."""
        if self.is_percent:
            amount = f"{(Decimal(f'{abs(value):.15g}') * 100).normalize():f}"
        elif value == int(value):
            amount = f"{abs(value):.0f}".zfill(self.width)
        else:
            amount = f"{abs(value):.15g}"
        return f"{self.before}{'-' if value < 0 else ''}{amount}{self.behind}"


def number_format(code: str) -> NumberFormat | None:
    """None of one that shows what is stored, and of what is not read here: thousands and 万 that it divides by, fractions,
    powers, dates. Its part for negative numbers counts where it says other words: then none are told.
    """
    sections = list(_sections(code))
    if not sections or (found := _read(sections[0])) is None:
        return None
    negative = _read(sections[1]) if len(sections) > 1 and sections[1] else found
    if negative is None or _words(negative) != _words(found):
        found = found._replace(before="", behind="%" if found.is_percent else "")
    return found if any(found) else None


def date_letters(code: str) -> int:
    """How much is shown of “2026-03-01”: of a format that names no day its month, or its year alone; all by a day of the
    week. 0 for any other.
    """
    section = next(_sections(code), [])
    letters = {
        sign for token in section if (sign := (token["sign"] or "").casefold()).isascii() and sign.isalpha()
    }
    if any(token["digits"] for token in section):
        return 0
    return _DATE_LETTERS.get("".join(sorted(letters)), 0)


def _sections(code: str) -> Iterator[list[patterns.Match[str]]]:
    section: list[patterns.Match[str]] = []
    for token in _TOKEN.finditer(code):
        if token["sign"] == ";":
            yield section
            section = []
        else:
            section.append(token)
    yield section


def _read(section: list[patterns.Match[str]]) -> NumberFormat | None:
    digits = ""
    words = {False: "", True: ""}
    for token in section:
        sign = token["sign"] or ""
        if token["digits"]:
            if digits:
                return None
            digits = token["digits"]
        elif token["condition"] or sign == "/" or (sign.isascii() and sign.isalpha()):
            return None
        else:
            words[bool(digits)] += token["quoted"] or token["escaped"] or token["currency"] or sign
    if not digits or digits.endswith(","):
        return None
    before, behind = (text if any(map(_says, text)) else "" for text in words.values())
    is_percent = any(token["sign"] == "%" for token in section)
    width = len(digits) if _ZEROS.fullmatch(digits) and not is_percent else 0
    return NumberFormat(before.lstrip(), behind.rstrip(), width, is_percent)


def _says(sign: str) -> bool:
    """Brackets around what is negative do not."""
    return sign.isalnum() or sign in _PLAIN_SIGNS


def _words(found: NumberFormat) -> list[str]:
    return ["".join(filter(_says, text)) for text in found[:2]]
