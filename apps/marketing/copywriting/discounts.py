"""Discounts as both languages say them: 8 折 is what is paid, “20% off” is what is saved. No Django."""

from llm_backend import figures, patterns

_CHINESE = patterns.compile(
    r"(?<![\d.点])(?P<whole>\d|[一二三四五六七八九])(?:[.点]?(?P<part>\d|[一二三四五六七八九]))?\s?折(?![叠射断返中腾磨合痕皱线纸页])"
)
_ENGLISH = patterns.compile(r"(?<![\d.])(?P<off>[1-9]\d?)\s?% (?:off|discount)(?![a-z])", patterns.IGNORECASE)


def discounts_in_percent(text: str) -> str:
    """8 折, 8.5折 and 八五折 as “20% off” and “15% off”, for comparing them with a text that says it so."""
    return _CHINESE.sub(lambda match: f"{_percent_off(match)}% off", text)


def discounts_in_both_ways(text: str) -> str:
    """The text with what the other language says behind each discount, so that a fact in one bears out a text in the
    other.
    """
    text = _ENGLISH.sub(lambda match: f"{match[0]} ({_paid(match)} 折)", text)
    return _CHINESE.sub(
        lambda match: (
            match[0]
            if match.end() < len(text) and text[match.end()] == ")"
            else f"{match[0]} ({_percent_off(match)}% off)"
        ),
        text,
    )


def _percent_off(match: patterns.Match[str]) -> int:
    return 100 - 10 * figures.whole(match["whole"]) - figures.whole(match["part"] or "0")


def _paid(match: patterns.Match[str]) -> str:
    paid = 100 - int(match["off"])
    return f"{paid // 10}.{paid % 10}" if paid % 10 else str(paid // 10)
