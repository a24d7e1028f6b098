"""What values look like, and what of them code can check."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from llm_backend import check_digits, patterns

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_ORDINAL = "(?:st|nd|rd|th)?"
_DATES = patterns.compile(
    r"(?<!\d)(?<!\d[/.-])(?:\d{4} ?[-/.] ?\d{1,2} ?[-/.] ?\d{1,2}|\d{1,2} ?[-/.] ?\d{1,2} ?[-/.] ?(?:\d{4}|\d{2}))"
    # A time may be written at once behind it.
    r"(?![/-])(?:(?!\d)|(?=\d{1,2}:\d{2}))"
    r"|\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日"
    rf"|(?<!\d)\d{{1,2}}{_ORDINAL}[ /.-]?{_MONTH}[ ,/.-]{{0,2}}(?:\d{{4}}|\d{{2}})(?!\d)"
    rf"|(?<![a-z]){_MONTH}[ .]{{0,2}}\d{{1,2}}{_ORDINAL},? \d{{4}}(?!\d)"
    # No part of a longer number, which codes of orders begin with.
    r"|(?<![a-z\d/.-])(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![a-z\d/-])",
    patterns.IGNORECASE,
)
# Without cents only beside a currency.
_AMOUNT = patterns.compile(
    r"(?<![\d.,])(?<!\d:)-?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,9}) ?[.,] ?\d{2}(?!\d|[.,:]\d)"
    r"|(?:(?<=RM)|(?<=[¥$€£])) ?(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,9})(?! ?[\d.,])"
    r"|(?<![\d.,])\d{1,9}(?= ?元)"
)
_CENTS = patterns.compile(r"(?<![\d.,])\d{3,9}(?![\d.,])")
_NUMBER = patterns.compile(r"[A-Za-z0-9][A-Za-z0-9/-]{3,30}")
_TAX_NUMBER = patterns.compile(r"(?<![A-Za-z0-9])[0-9A-Z]{15,20}(?![A-Za-z0-9])")
_IDENTITY = patterns.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_PHONE = patterns.compile(r"\+?\(?\d[\d ()+-]{5,20}\d")
_EMAIL = patterns.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_WEBSITE = patterns.compile(r"(?:https?://)?www\.[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|https?://[\w./-]{4,100}")
_UNIT = patterns.compile(r"(?<![A-Za-z])(?:kW[·.]?h|m3|m³|MJ|GJ|L/h)(?![A-Za-z])", patterns.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE_PART = patterns.compile(r"\d{1,4}|[a-z]{3}", patterns.IGNORECASE)
_WITHOUT_SIGNS = patterns.compile(r"(\d{4})(\d\d)(\d\d)")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# A form of value → where it stands in a text. Of `text` and `lines` everything does.
FORMS: Mapping[str, patterns.Pattern[str]] = {
    "date": _DATES,
    "amount": _AMOUNT,
    "cents": _CENTS,
    "number": _NUMBER,
    "tax_number": _TAX_NUMBER,
    "identity_number": _IDENTITY,
    "phone": _PHONE,
    "email": _EMAIL,
    "website": _WEBSITE,
    "unit": _UNIT,
}
# What is told by its form alone, whatever stands before it.
TELLING = frozenset({"date", "identity_number", "email", "website", "unit"})


def day_of(text: str) -> date | None:
    """The day that a written date means; None where the calendar has none. Of two ways to read it, the day comes first;
    behind a year stands the month.
    """
    whole = _WITHOUT_SIGNS.fullmatch(text.strip())
    parts = list(whole.groups()) if whole else _DATE_PART.findall(text.lower())[:3]
    if len(parts) < 3:
        return None
    if len(parts[0]) == 4:
        year, month, day = parts
    else:
        day, month, year = (parts[1], parts[0], parts[2]) if parts[0] in _MONTHS else parts
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month) if month.isdigit() else 0
    whole_year = int(year) if len(year) == 4 else 2000 + int(year) if year.isdigit() else 0
    orders = [(number, int(day)), (int(day), number)]
    for order in orders[:1] if len(parts[0]) == 4 else orders:
        try:
            return date(whole_year, *order)
        except ValueError:
            continue
    return None


def money_of(text: str) -> Decimal | None:
    found = _AMOUNT.search(text)
    if found is None:
        return None
    number = found[0].replace(" ", "")
    has_cents = number[-3:-2] in (".", ",")
    return Decimal(number.replace(",", "").replace(".", "")).scaleb(-2 if has_cents else 0)


def is_identity_number(number: str) -> bool:
    """By the check digit of GB 11643, and a day of birth that there was."""
    return check_digits.is_identity_number(number) and birth_in(number) is not None


def birth_in(number: str) -> date | None:
    """In an identity number."""
    return day_of(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")


def is_credit_code(number: str) -> bool:
    """By the check character of GB 32100, of a unified social credit code."""
    if len(number) != 18 or any(letter not in _CREDIT_LETTERS for letter in number):
        return False
    total = sum(_CREDIT_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(number[:17]))
    return _CREDIT_LETTERS[-total % 31] == number[17]


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "date": lambda text: day_of(text) is not None,
    "identity_number": is_identity_number,
    "tax_number": is_credit_code,
}
