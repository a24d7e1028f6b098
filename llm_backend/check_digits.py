"""Numbers that hold a digit by which they are told from others."""


def is_identity_number(number: str) -> bool:
    """Of 17 digits and a last one or X: whether that is the check digit of GB 11643."""
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()
