"""English numbers in words, as people say them: for measures that must not use the product's own reading of them."""

SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
SMALL_WORDS, TENS_WORDS = SMALL.split(), TENS.split()
DIGITS = "零一二三四五六七八九"


def spell(value: int) -> str:
    """Below a thousand."""
    if value < 20:
        return SMALL_WORDS[value]
    if value < 100:
        return TENS_WORDS[value // 10] + (f" {SMALL_WORDS[value % 10]}" if value % 10 else "")
    rest = value % 100
    return f"{SMALL_WORDS[value // 100]} hundred" + (f" {spell(rest)}" if rest else "")
