"""Chinese numerals of one certain value. What may mean two things has none and stays in words.

三五 and 两三 are ranges, 十七八 and 二三十 too; 一百五 is 150 to one and the beginning of 一百五十 to another; 三三 is no
number.
"""

from llm_backend import patterns
from llm_backend.figures import decimal, whole

# Longer than any number that people say: what is beyond it is a row of digits and has no value.
MAX_CHARACTERS = 40
# Each power once, from great to small, with the 零 that a gap wants. 两 counts hundreds and thousands, or stands alone.
_SECTION = patterns.compile(
    r"(?:[一二两三四五六七八九]千(?:零(?=[一二三四五六七八九十](?!百)))?)?(?:[一二两三四五六七八九]百(?:零(?=[一二三四五六七八九](?!十)))?)?"
    r"(?:[一二三四五六七八九]?十(?<!百十))?(?:(?<![千百])[一二三四五六七八九])?|[零两]"
)
_DIGIT_NAMES = patterns.compile(r"[零一二三四五六七八九]{1,8}")


def exact(text: str) -> str | None:
    """Its digits, 一百二十点五 is 120.5; None for what has no certain value."""
    before, point, after = text.replace("〇", "零").partition("点")
    if len(text) > MAX_CHARACTERS or (point and not _DIGIT_NAMES.fullmatch(after)):
        return None
    value = _whole(before)
    if value is None or not point:
        return None if value is None else str(value)
    return decimal(f"{value}.{''.join(str(whole(digit)) for digit in after)}")


def _whole(text: str) -> int | None:
    total = 0
    # From the greatest power down, each at most once: 亿, 万, then what is below both.
    for power, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section, separator, rest = text.partition(name) if name else (text, "", "")
        if name and not separator:
            continue
        text = rest
        # After a greater power 二 alone may be two thousand or two: 零 or 千 says which.
        is_placed = not total or section[:1] == "零" or "千" in section[:2]
        if not section and name == "" and total:
            return total
        section = section.removeprefix("零") if total else section
        is_nothing = section[:1] == "零" and (total or name)
        if not section or is_nothing or not is_placed or not _SECTION.fullmatch(section):
            return None
        total += whole(section) * power
    return total
