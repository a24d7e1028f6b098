"""How long a text is, as the channel that publishes it counts."""

from typing import Literal
from unicodedata import east_asian_width

from llm_backend import patterns

Counting = Literal["characters", "half_width", "weighted", "sms", "spoken"]
"""characters: each as one, an emoji of several code points too. half_width: a Chinese character is two (淘宝, Google Ads).
weighted: X's, where a link is 23 and Chinese or an emoji 2. sms: messages that are paid for, in GSM-7 or UCS-2.
spoken: what is said aloud, where a Chinese character, a word of letters and a digit are one each."""

# X: https://docs.x.com/fundamentals/counting-characters; these ranges weigh one, all else two.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
LINK_WEIGHT = 23
# 250 is said as 二百五十 and as “two hundred fifty”: about as many syllables, or words, as it has digits.
_SPOKEN = patterns.compile(r"[\u3400-\u9fff]|\d|[^\W\d_\u3400-\u9fff]++(?:['’-][^\W\d_\u3400-\u9fff]++)*+")
_LINK = patterns.compile(r"https?://[^\s<>\"'，。；！？（）、」』【】《》]{1,2000}")
# GSM 03.38; the second row takes an escape before each.
_GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_7_ESCAPED = frozenset("\f^{}\\[~]|€")
GSM_7_ALONE, GSM_7_PART = 160, 153
UCS_2_ALONE, UCS_2_PART = 70, 67


def length(text: str, counting: Counting) -> int:
    if counting == "half_width":
        return sum(_is_wide(character) + 1 for character in text)
    if counting == "weighted":
        return _weighted_length(text)
    if counting == "sms":
        return _messages(text)
    if counting == "spoken":
        return len(_SPOKEN.findall(text))
    return len(patterns.graphemes(text))


def _is_wide(character: str) -> bool:
    """Chinese quotation marks and dashes are as wide as its letters; the apostrophe is English."""
    return character > "\u0300" and character != "’" and east_asian_width(character) in "WFA"


def _weighted_length(text: str) -> int:
    plain, links = _LINK.subn("", text)
    weights = (
        1 if all(any(low <= ord(one) <= high for low, high in _LIGHT) for one in grapheme) else 2
        for grapheme in patterns.graphemes(plain)
    )
    return sum(weights) + links * LINK_WEIGHT


def _messages(text: str) -> int:
    if all(character in _GSM_7 or character in _GSM_7_ESCAPED for character in text):
        units = sum(2 if character in _GSM_7_ESCAPED else 1 for character in text)
        alone, part = GSM_7_ALONE, GSM_7_PART
    else:
        units = len(text.encode("utf-16-le")) // 2
        alone, part = UCS_2_ALONE, UCS_2_PART
    return min(1, units) if units <= alone else -(-units // part)
