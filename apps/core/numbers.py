"""Numbers that strangers send."""

LARGEST = 2**63 - 1


def whole_number(text: str) -> int | None:
    """ASCII digits of at most 63 bits; None for all else, as `str.isdigit` and `int` know ², ١ and numbers of any length."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)):
        return None
    number = int(text)
    return number if number <= LARGEST else None
