"""Numbers as they are written and as they are spoken, in Chinese and English: 38.5, 三十八度五, thirty-eight point five."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from llm_backend import patterns
from llm_backend.figures import decimal, whole

_DIGIT_WORDS = """oh zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen"""
_VALUES = {word: max(0, place - 1) for place, word in enumerate(_DIGIT_WORDS.split())}
_TENS = {
    word: 10 * place
    for place, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_POWERS = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORDS = _VALUES | _TENS | _POWERS
_WORD = rf"(?:{'|'.join(word for word in _WORDS if word != 'oh')})"
_LATER_WORD = rf"(?:{'|'.join(_WORDS)})"

_DIGIT = "oh|zero|one|two|three|four|five|six|seven|eight|nine"
_TENTHS = rf"(?:{'|'.join(_TENS)})(?:[\s-]+(?:{_DIGIT}))?|(?:ten|eleven|twelve|\w{{3,5}}teen)"
# Behind “point”: digit by digit or as one number, not the whole of the next one (“six point five six point seven”).
DECIMALS = (
    rf"(?:(?:{_DIGIT})(?:[\s-]+(?:{_DIGIT})\b(?![\s-]+point\b)){{0,5}}|{_TENTHS}|\d{{1,6}})"
    r"\b(?![\s-]+(?:hundred|thousand)\b)"
)
# Not the point in time or of a matter.
POINT = r"(?<!\bthis )(?<!\bthat )(?<!\bthe )(?<!\ba )(?<!\bsome )(?<!\bwhich )(?<!\bwhat )(?<!\bany )\bpoint"
MEASURED = r"(?:milli|micro|centi|kilo|gram|m[gl]\b|mcg\b|cm\b|percent|lit(?:er|re)|unit|degree|inch)"

# Nobody says longer ones. Without an end, what begins again at every digit or word costs the square of its length.
WRITTEN = r"\d{1,40}(?:,\d{3}){1,8}(?:\.\d{1,40})?|\d{1,40}(?:\.\d{1,40})?"
CHINESE = r"[零〇一二两三四五六七八九十百千万亿]{1,40}(?:点[零〇一二三四五六七八九]{1,40})?|半"
ENGLISH = (
    rf"\b(?:(?:a[\s-]+(?=hundred|thousand))?{_WORD}\b(?:[\s-]+(?:and[\s-]+(?=\w))?{_LATER_WORD}\b){{0,24}}+"
    rf"(?:\s+point\s+{DECIMALS})?(?:\s+and\s+a\s+half)?|half)\b"
    rf"|(?:\b(?:oh|naught|nought)\s+)?{POINT}\s+{DECIMALS}(?=[\s-]+{MEASURED})"
)
ANY = rf"{WRITTEN}|{CHINESE}|{ENGLISH}"

# 一百三 is 130, 一千二 is 1200: the last power's tenth is meant where nothing says otherwise.
_SHORT = patterns.compile(r"([百千万])([一二三四五六七八九])$")
_TENTH = {"百": "十", "千": "百", "万": "千"}


def read_number(text: str) -> str:
    """In one spelling, for whatever `ANY` matches."""
    if text[0].isdigit():
        return decimal(text)
    if patterns.match(CHINESE, text):
        return _chinese(text)
    return _english(text)


def _chinese(text: str) -> str:
    if text == "半":
        return "0.5"
    before, _, after = text.partition("点")
    if after:
        return decimal(f"{whole(before)}.{''.join(str(whole(digit)) for digit in after)}")
    full = _SHORT.sub(lambda short: f"{short[1]}{short[2]}{_TENTH[short[1]]}", before)
    has_power = any(power in full for power in "十百千万亿")
    return str(whole(full) if has_power else int("".join(str(whole(digit)) for digit in full)))


def _english(text: str) -> str:
    if text == "half":
        return "0.5"
    text, is_half, _ = text.partition(" and a half")
    before, _, after = f" {text}".partition(" point ")
    words = patterns.findall(r"[a-z]+", before)
    total = Decimal(_value_of_words(words) if set(words) & set(_WORDS) else 0)
    if after:
        total += Decimal(f"0.{read_decimals(after)}")
    return decimal(str(total + (Decimal("0.5") if is_half else 0)))


def read_decimals(text: str) -> str:
    """For whatever `DECIMALS` matches: `two five` and `twenty five` are 25, `oh five` is 05."""
    return text if text[0].isdigit() else "".join(_read_out(patterns.findall(r"[a-z]+", text)))


def without_restart(words: Sequence[str]) -> list[str]:
    """`five hundred five hundred` is one number that somebody began anew, not a great one."""
    half = len(words) // 2
    is_repeat = len(words) % 2 == 0 and list(words[:half]) == list(words[half:])
    return list(words[:half] if is_repeat and any(word in _POWERS for word in words) else words)


def _value_of_words(words: Sequence[str]) -> int:
    """`one hundred and twenty`, and as numbers are read out: `one twenty`, `ninety eight`, `one oh five`."""
    number_words = without_restart([word for word in words if word in _WORDS])
    if not any(word in _POWERS for word in number_words):
        return int("".join(_read_out(number_words)))
    total = part = 0
    for word in number_words:
        power = _POWERS.get(word, 0)
        part = (part or 1) * power if power else part + _WORDS[word]
        if power >= 1000:
            total, part = total + part, 0
    return total + part


def _read_out(words: Sequence[str]) -> Iterator[str]:
    """The digits of each group: `one` `thirty-five` are `1` and `35`, `oh five` is `05`."""
    tens = 0
    for word in words:
        if word in _TENS:
            if tens:
                yield str(tens)
            tens = _TENS[word]
        elif tens and 0 < _VALUES[word] < 10:
            yield str(tens + _VALUES[word])
            tens = 0
        else:
            if tens:
                yield str(tens)
            tens = 0
            yield str(_VALUES[word])
    if tens:
        yield str(tens)
