"""Numbers and times of the day as people say them: “half an”, “三刻”, “4 pm”, “昨晚2点”."""

from collections.abc import Mapping

from llm_backend import patterns

# What is said of hours of an evening or a night up to these is of the next morning: “昨晚2点”.
AFTER_MIDNIGHT: Mapping[object, int] = {"evening": 5, "night": 6}
SPELLED: Mapping[str, float] = {
    "half an": 0.5, "half": 0.5, "半": 0.5, "an": 1, "a": 1, "one": 1, "a couple of": 2, "couple of": 2, "two": 2,
    "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "a few": 3, "few": 3, "several": 3, "几": 3,
}  # fmt: skip


def spelled_number(text: str) -> float | None:
    """None for characters that make no number."""
    if text.lower() in SPELLED:
        return SPELLED[text.lower()]
    import cn2an

    try:
        return float(cn2an.cn2an(text, "smart"))
    except ValueError:
        return None


def read_clock(match: patterns.Match[str], number: int, part: object) -> str | None:
    """The first or second clock of a match as “14:05”, in a part of the day."""
    hour_text = match[f"hour{number}"]
    if not hour_text:
        return None
    hour = int(spelled_number(hour_text) or 0)
    minutes = _minutes(match[f"minute{number}"] or match[f"zh_minute{number}"] or "0")
    half = (match[f"half{number}"] or match[f"hour_half{number}"] or "").lower()
    hour = _hour_of_day(hour, half, part)
    return f"{hour:02d}:{minutes:02d}" if minutes < 60 else None


def _minutes(text: str) -> int:
    """“半”, “三刻”, “零五”, “二十” and figures."""
    fixed = {"半": 30, "一刻": 15, "三刻": 45}.get(text)
    return int(spelled_number(text.lstrip("零〇") or "0") or 0) if fixed is None else fixed


def _hour_of_day(hour: int, half: str, part: object) -> int:
    """Of twelve hours as people say them, by “pm” or the part of the day."""
    if half or hour >= 24:
        return (hour % 12 + 12 * (half == "p")) if half else 0
    if hour == 12:
        return 0 if part in ("evening", "night", "early_morning") else 12
    is_second_half = (
        part == "afternoon" or (part == "noon" and hour < 10) or hour >= AFTER_MIDNIGHT.get(part, 24)
    )
    return hour + 12 if is_second_half and hour < 12 else hour


def clock_hours(text: str | None) -> float:
    """Of “14:05”, since midnight."""
    return int(text[:2]) + int(text[3:]) / 60 if text else 0
