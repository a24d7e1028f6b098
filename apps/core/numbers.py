"""Numbers that strangers send, lengths of time in words, and money as people write it."""

from decimal import Decimal

from django.utils.translation import gettext as _

# PostgreSQL's bigint: beyond it a query would be an error instead of an empty list.
LARGEST = 2**63 - 1
# Of other currencies the code stands behind the number.
SYMBOLS = {"CNY": "¥", "EUR": "€", "GBP": "£", "USD": "$"}


def whole_number(text: str) -> int | None:
    """ASCII digits of at most 63 bits; None for all else, as `str.isdigit` and `int` know ², ١ and numbers of any length."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)):
        return None
    number = int(text)
    return number if number <= LARGEST else None


def duration_text(seconds: float | None) -> str:
    """“0.4 s”, “38 s”, “3 min 20 s”, “2 h 5 min”; a dash where it is not known."""
    if seconds is None:
        return "–"
    seconds = max(seconds, 0)
    if seconds < 10:
        return _("%(seconds).1f s") % {"seconds": seconds}
    minutes, whole_seconds = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes_left}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": whole_seconds}
    return _("%(seconds)d s") % {"seconds": whole_seconds}


def milliseconds_text(number: float | None) -> str:
    """“180 ms”, and from a second on as a duration."""
    if number is None or number >= 1000:
        return duration_text(None if number is None else number / 1000)
    return _("%(number)d ms") % {"number": round(number)}


def money_text(amount: Decimal | float, currency: str, *, digits: int | None = None) -> str:
    """“¥13.54”; a call of a model may cost a hundredth of a cent, which two digits would make nothing of."""
    size = abs(float(amount))
    if digits is None:
        digits = 2 if size >= 0.1 or not amount else 4
    number, symbol = f"{size:,.{digits}f}", SYMBOLS.get(currency)
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{number} {currency}".rstrip()
