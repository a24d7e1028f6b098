"""English number words as figures, the way a record writes them: `one twenty seven over eighty` is 127/80."""

from domain.clinical.grounding import numerals
from llm_backend import patterns

_SMALL_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_SMALL = {word: value for value, word in enumerate(_SMALL_WORDS.split())}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_POWERS = {"hundred": 100, "thousand": 1000}
_UNITS = {
    "milligrams": "mg",
    "milligram": "mg",
    "micrograms": "mcg",
    "microgram": "mcg",
    "centimeters": "cm",
    "centimeter": "cm",
    "millimeters": "mm",
    "millimeter": "mm",
    "milliliters": "mL",
    "milliliter": "mL",
    "percent": "%",
    "pounds": "pounds",
}
NUMBER_WORD = "|".join((*_SMALL, *_TENS, *_POWERS))
_RUN = patterns.compile(
    rf"\b(?:a\s(?=hundred|thousand))?(?:{NUMBER_WORD})(?:[\s-]+(?:and\s+(?=(?:{NUMBER_WORD})\b))?(?:{NUMBER_WORD})){{0,24}}\b"
)
# Units behind a number that make even a lone “one” a number.
_COUNTS = patterns.compile(
    r"(?<!\s)\s++(?:milli|micro|centi|gram|percent|day|week|month|year|hour|minute|time|tablet|pill|pack|beer|mile|pound|degree"
    r"|over|plus\b|point \d|and a half\b)"
)
# Units behind which “one twenty” is 120.
_MEASURED = patterns.compile(
    r"(?<!\s)\s++(?:over|(?:milli|micro)(?:gram|liter|litre)|gram|m[gl]\b|mcg|pound|unit|calorie|point\b)"
)


# “Up to 300 over four days” is no pressure.
_PRESSURE = patterns.compile(
    r"(?<!\d)(\d++) over (\d++)(?! (?:to \d++ |more )?(?:minute|hour|day|night|week|month|year|dose)s?\b)"
)
# What stands before “point”. Without it a number needs its unit: “point five milligrams”, but “at that point five people”.
_POINT = patterns.compile(
    rf"(?<![\w-])(?:(?P<whole>oh|naught|nought|{NUMBER_WORD}|\d{{1,40}})[\s-]+)?"
    rf"{numerals.POINT}\s+(?P<decimals>{numerals.DECIMALS})(?P<unit>[\s-]+{numerals.MEASURED})?"
)
_ZERO = frozenset(["oh", "naught", "nought"])


def with_figures(text: str) -> str:
    """Lower-case text with its numbers in figures. A lone “one” stays: it is seldom a number."""
    text = _RUN.sub(_write_figures, _POINT.sub(_write_decimals, text))
    text = patterns.sub(r"(?<!\d)(\d++) and a half\b", r"\1.5", text)
    text = patterns.sub(r"(?<!\d)(\d++) point (\d+)", r"\1.\2", text)
    text = _PRESSURE.sub(r"\1/\2", text)
    text = patterns.sub(
        r"((?<!\d)\d++|one) out of (?:a )?(\d+)", lambda m: f"{'1' if m[1] == 'one' else m[1]}/{m[2]}", text
    )
    text = patterns.sub(r"(?<!\d)(\d++) by (\d+)", r"\1 x \2", text)
    return patterns.sub(
        rf"(\d) ({'|'.join(_UNITS)})\b",
        lambda m: f"{m[1]}{'' if m[2] == 'percent' else ' '}{_UNITS[m[2]]}",
        text,
    )


def _write_decimals(match: patterns.Match[str]) -> str:
    whole, unit = match["whole"], match["unit"] or ""
    # “At one point five years ago” is no amount.
    is_moment = whole == "one" and match.string.endswith("at ", 0, match.start())
    if not unit and (whole is None or is_moment):
        return match[0]
    whole = "0" if whole is None or whole in _ZERO else whole
    return f"{whole} point {numerals.read_decimals(match['decimals'])}{unit}"


def _write_figures(run: patterns.Match[str]) -> str:
    words, text, end = run[0], run.string, run.end()
    if text.endswith("oh ", 0, run.start()) or text.startswith(" oh ", end):
        # `one oh five` is 105: its parts are other numbers.
        return words
    if words == "one" and not _COUNTS.match(text, end):
        return words
    parts: list[str] = []
    value, last, is_open = 0, 0, False
    for word in numerals.without_restart(
        [word for word in patterns.split(r"[\s-]+", words) if word not in ("and", "a")]
    ):
        if word == "hundred" and value > last and value - last < 1000:
            # `five hundred six hundred` are two numbers.
            parts.append(str(value - last))
            value, last = 100 * last, 0
        elif word in _POWERS:
            # `two thousand five` and `hundred` is 2500: the power raises what was said last.
            is_part = word == "hundred" and value > last
            value = value - last + last * 100 if is_part else max(1, value) * _POWERS[word]
            last, is_open = 0, True
        elif is_open and _fits(value, word):
            value, last = value + _value(word), last + _value(word) if value % 100 else _value(word)
        else:
            if is_open:
                parts.append(str(value))
            value, last, is_open = _value(word), _value(word), True
    parts.append(str(value))
    return _join(parts, run)


def _value(word: str) -> int:
    return _SMALL[word] if word in _SMALL else _TENS[word]


def _fits(value: int, word: str) -> bool:
    """`twenty` + `seven`, `two hundred` + `five`; not `twenty` + `eighteen`."""
    if value and value % 100 == 0:
        return True
    return value % 10 == 0 and value % 100 >= 20 and 0 < _value(word) < 10


def _join(parts: list[str], run: patterns.Match[str]) -> str:
    """`one` `twenty seven` is 127 where a pressure or a dose follows, `twenty` `eighteen` a year where nothing counts it.

    Elsewhere such a pair may be a time of day or a range (`two thirty`, `ten fifteen minutes`) and stays in words. Digits
    said one by one stay apart.
    """
    if len(parts) != 2 or len(parts[1]) != 2 or len(parts[0]) > 2:
        return " ".join(parts)
    first, second = parts
    if _MEASURED.match(run.string, run.end()) and len(first) == 1 and int(second) >= 20:
        return f"{first}{second}"
    is_year = first in ("19", "20") and not _COUNTS.match(run.string, run.end())
    return f"{first}{second}" if is_year else run[0]
