"""Measured values, doses and frequencies of what is said, with their places.

`三十八度五`, `38.5℃` and `thirty-eight point five degrees` are one quantity, `bid`, `每日两次` and `twice a day`
another. A record's quantities must stand in what was said: the number, and the unit where one was said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from domain.clinical.grounding import numerals
from domain.clinical.records.record import Problem
from domain.clinical.word_lists import read
from llm_backend import patterns
from llm_backend.figures import UNIT_OF
from llm_backend.wording import normalise

_FILE = read(Path(__file__).with_name("units.toml"))
_UNITS = {name: unit for name, unit in UNIT_OF.items() if name not in _FILE["elsewhere"]["names"]}
_UNITS |= {name: unit for unit, names in _FILE["units"].items() for name in names}
# Units that must be said: nobody guesses a dose.
_DOSE_UNITS = frozenset(
    {"mg", "mcg", "gram", "millilitre", "iu", "tablet", "capsule", "drop", "puff", "sachet", "ampoule"}
    | {"per_day", "per_week", "every_hours"}
)
_NAMES = "|".join(
    patterns.escape(name) + (r"(?![a-z])" if name[-1].isascii() and name[-1].isalpha() else "")
    for name in sorted(_UNITS, key=len, reverse=True)
)
_BEFORE = r"(?<![a-z\d.])(?<![a-z]-)"
# “维生素B12五百微克” is 500 of B12: numerals in Chinese begin behind a figure, never within their own run.
_BEFORE_ZH = (
    r"(?<![a-z零〇一二两三四五六七八九十百千万亿])(?<![a-z]-)(?:(?<![\d.])|(?=[一二两三四五六七八九十]))"
)
_ANY = rf"(?:{_BEFORE}(?:{numerals.WRITTEN}|{numerals.ENGLISH})|{_BEFORE_ZH}(?:{numerals.CHINESE}))"
# A classifier between number and unit (个 of 两个星期), or a word between them that changes nothing.
_GAP = r"\s*+(?:(?:个(?!半)|多|来|大|小|or\s+so|more|-)\s*+)?"
_NUMBER = patterns.compile(rf"({_ANY})(?:{_GAP}({_NAMES}))?(?:\s*(半)(?=[^\w]|$|了))?")
# “T36.5℃，P80次/分，BP120/80mmHg”, as clinicians type: the sign's letters are no part of its number.
_SIGN_LETTER = patterns.compile(
    r"(?<![a-z\d])(?:(?:bp|hr|rr|spo2)(?=\d{2})|[tpr](?=\d{2,3}(?:\.\d)?\s?(?:℃|°c|度|次|/min|bpm))|t(?=3\d\.\d))"
)
_CLOCK = patterns.compile(
    r"(?<![\d:])\d{1,2}:\d{2}(?!\d)|[\d一二三四五六七八九十]{1,40}\s*点(?:钟|半)|\d\s*o'clock"
)
_PRESSURE = patterns.compile(
    rf"{_BEFORE}({numerals.ANY})\s*(?:/|over|比|÷)\s*({numerals.ANY})(?:\s*(mmhg|mm/hg|毫米汞柱))?"
)
# Read out without a word between them: 一百四十八九十二 is 148/92. 一百五十二 alone is one number, and 一百七八十 about one.
_TENS_ZH = r"[四五六七八九]十[一二三四五六七八九]?"
_SPOKEN_PRESSURE = patterns.compile(
    r"血压[^\d，。一二三四五六七八九十]{0,6}"
    r"(?!(?:一百|两百)(?:四五|五六|六七|七八|八九)十(?![一二三四五六七八九]))"
    r"(?P<upper>(?:一百|两百)(?:[零〇][一二三四五六七八九]|[一二三四五六七八九]十[一二三四五六七八九]?"
    # 一百一七十 is 110/70: the tens of the upper value without their 十.
    rf"|[一二三四五六七八九](?={_TENS_ZH}))|九十[一二三四五六七八九]?)"
    rf"(?P<lower>{_TENS_ZH}|一百(?:[零〇][一二三四五六七八九]|一?十[一二三四五六七八九]?)?)(?![十百])"
)
# The unit stands inside the number: 三十八度五, 一米七五.
_SPLIT_UNIT = patterns.compile(
    rf"({numerals.WRITTEN}|{numerals.CHINESE})\s*(度|米)\s*([\d零一二三四五六七八九]{{1,2}})(?![\d十百天个年月岁小])"
)
_SPLIT_UNITS = {"度": "degree", "米": "metre"}
_FEW = patterns.compile(rf"([一二两三四五六七八九])([二三四五六七八九])个?({_NAMES})")
# 三四十岁 is between thirty and forty, and 一百七八十 between 170 and 180.
_FEW_TENS = patterns.compile(
    rf"([一二两]百)?([一二三四五六七八])([二三四五六七八九])十(?![一二三四五六七八九])(?:{_GAP}({_NAMES}))?"
)
_AND_A_HALF = patterns.compile(rf"({numerals.CHINESE}|\d{{1,40}})个半(月|{_NAMES})")
_RANGE = patterns.compile(r"\A\s*+(?:-|~|～|—|–|到|至|to|or|或)\s*")
# Words that hold a numeral and count nothing: 一下, 万一, 四肢, “that one”.
_NO_COUNT = patterns.compile(
    r"一(?=[下般样直起旦定切些点共律致边侧会阵段向旁方部半块])|十分(?!钟)|万一|千万|百分|百般"
    r"|半(?=夜|身|侧|边|路)|三(?=甲|级)|[一二三]线|四肢|五官"
    r"|第[一二三四五六七八九十]+|(?<!\bpoint )(?<!ty )(?<!ty-)(?<!\bhundred )(?<!\bhundred and )(?<!\boh )"
    r"\b(?:(?:that|this|no|the|for) )?one\b"
    rf"(?=\s*(?:of|is|that|thing|point(?!\s+{numerals.DECIMALS})|more|$|[.,?!]))"
)
_PERCENT = patterns.compile(r"百分之([零〇一二两三四五六七八九十百点\d]{1,40})")

_N = rf"({numerals.WRITTEN}|[一二两三四五六七八九十]|one|two|three|four|five|six|eight|twelve)"
_DAY = r"(?:每日|每天|一天|一日|(?<![\d.])1\s?[天日]|日|天|/日|/天)"
_FREQUENCIES: Sequence[tuple[patterns.Pattern[str], str, str]] = tuple(
    (patterns.compile(pattern), amount, unit)
    for pattern, amount, unit in (
        (rf"{_DAY}\s*{_N}\s*[次回遍]", "", "per_day"),
        (rf"\b{_N}\s*(?:times?|x)\s*(?:a|per|each|every|/)\s*day|\b{_N}\s*times\s*daily", "", "per_day"),
        (rf"(?:每周|一周|(?<![\d.])1周|每星期|一星期|一个星期|1个星期)\s*{_N}\s*[次回]", "", "per_week"),
        (rf"\b{_N}\s*times?\s*(?:a|per|each)\s*week", "", "per_week"),
        (rf"每隔?\s*{_N}\s*个?(?:小时|钟头)(?:\s*一次)?", "", "every_hours"),
        (rf"\bevery\s*{_N}\s*(?:hours?|hrs?)\b|\bq\s?{_N}\s?h(?:rs?|ours?)?\b", "", "every_hours"),
        (r"\bq\.?o\.?d\b|every other day|every second day|隔日|隔天", "2", "every_days"),
        (r"\bb\.?i\.?d\b|\btwice\s*+(?:(?:a|per|each|every)\s*+)?(?:day|daily)\b|早晚各一次", "2", "per_day"),
        (r"\bt\.?i\.?d\b|\bthrice\s*(?:a day|daily)\b", "3", "per_day"),
        (r"\bq\.?i\.?d\b", "4", "per_day"),
        (r"\bonce\s*(?:a|per|each|every)\s*week\b|\bonce weekly\b|\bweekly\b", "1", "per_week"),
        (r"\btwice\s*+(?:(?:a|per|each)\s*+)?week(?:ly)?\b", "2", "per_week"),
        (
            r"\bq\.?d\b|\bonce\s*+(?:(?:a|per|each|every)\s*+)?(?:day|daily)\b|\bdaily\b|\b(?:every|each)\s*"
            r"(?:single\s*)?(?:day|morning|night|evening)\b|\bq\.?n\b|\bq\.?h\.?s\b|每晚|睡前|每早|每天早上",
            "1",
            "per_day",
        ),
    )
)


# Behind what was read of a number: more of it.
_GOES_ON = patterns.compile(r"(?<!\s)\s*+(?:\bpoint\s++\w|点\s*+[零〇一二三四五六七八九\d]|\.\d)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """`number` and `unit` in one spelling, `written` as it stands in `text[start:end]`.

    `second`: the lower value of a blood pressure. `is_bare`: a small spoken number that counts nothing (the one).
    """

    number: str
    unit: str
    start: int
    end: int
    written: str
    second: str = ""
    is_bare: bool = False

    @property
    def numbers(self) -> tuple[str, ...]:
        return (self.number, self.second) if self.second else (self.number,)


@lru_cache(maxsize=4096)
def quantities(text: str) -> tuple[Quantity, ...]:
    """All of them, in the order they are said; none overlaps another."""
    plain = _SIGN_LETTER.sub(lambda letters: f"{letters[0][:-1]} ", normalise(text))
    all_quantities: list[Quantity] = []
    for reader in _READERS:
        # What one reader took is blanked for the next: of 两次 in 每日两次 only the frequency counts.
        letters = list(plain)
        for quantity in reader(plain):
            all_quantities.append(replace(quantity, written=text[quantity.start : quantity.end]))
            letters[quantity.start : quantity.end] = "|" * (quantity.end - quantity.start)
        plain = "".join(letters)
    return tuple(_with_shared_units(text, sorted(all_quantities, key=lambda quantity: quantity.start)))


def problems(claim: str, source_text: str) -> list[Problem]:
    """`wrong_number` and `wrong_unit`: what the claim measures and what was said does not bear out."""
    said_units = _said_units(source_text)
    faults = []
    for quantity in quantities(claim):
        if quantity.is_bare:
            continue
        is_dose = quantity.unit in _DOSE_UNITS
        for number in quantity.numbers:
            units = said_units.get(number)
            if not units:
                faults.append(Problem(code="wrong_number", words=quantity.written))
            # A dose's unit must be said; what 130/80 or 38.5 is measured in goes without saying.
            elif quantity.unit and quantity.unit not in units and ("" not in units or is_dose):
                faults.append(Problem(code="wrong_unit", words=quantity.written))
    return faults


def _said_units(source_text: str) -> dict[str, set[str]]:
    """By number. One that goes on behind what was read is another number."""
    plain, units = normalise(source_text), dict[str, set[str]]()
    for each in quantities(source_text):
        for number in each.numbers if not _GOES_ON.match(plain, each.end) else ():
            units.setdefault(number, set()).add(each.unit)
    return units


def _frequencies(plain: str) -> Iterator[Quantity]:
    is_taken = [False] * len(plain)
    for pattern, amount, unit in _FREQUENCIES:
        for match in pattern.finditer(plain):
            if any(is_taken[match.start() : match.end()]):
                continue
            is_taken[match.start() : match.end()] = [True] * len(match[0])
            number = amount or numerals.read_number(next(filter(None, match.groups())))
            yield Quantity(number, unit, match.start(), match.end(), "")


def _pressures(plain: str) -> Iterator[Quantity]:
    for match in _PRESSURE.finditer(plain):
        upper, lower = numerals.read_number(match[1]), numerals.read_number(match[2])
        # 3/4 and 10/10 are no blood pressures.
        if 50 <= float(upper) <= 300 and 20 <= float(lower) < float(upper):
            yield Quantity(upper, "mmhg" if match[3] else "", match.start(), match.end(), "", second=lower)


def _spoken_pressures(plain: str) -> Iterator[Quantity]:
    for match in _SPOKEN_PRESSURE.finditer(plain):
        upper, lower = numerals.read_number(match["upper"]), numerals.read_number(match["lower"])
        yield Quantity(upper, "", match.start("upper"), match.end(), "", second=lower)


def _split_units(plain: str) -> Iterator[Quantity]:
    """38度5, 三十八度五, 一米七五."""
    for match in _SPLIT_UNIT.finditer(plain):
        after = "".join(numerals.read_number(digit) for digit in match[3])
        number = numerals.read_number(f"{numerals.read_number(match[1])}.{after}")
        yield Quantity(number, _SPLIT_UNITS[match[2]], match.start(), match.end(), "")


def _few(plain: str) -> Iterator[Quantity]:
    """两三天 is two or three days."""
    for match in _FEW.finditer(plain):
        first, last = numerals.read_number(match[1]), numerals.read_number(match[2])
        if int(last) == int(first) + 1:
            yield Quantity(first, _UNITS[match[3]], match.start(), match.end(), "", second=last)


def _few_tens(plain: str) -> Iterator[Quantity]:
    for match in _FEW_TENS.finditer(plain):
        first, last = (numerals.read_number(f"{match[1] or ''}{tens}十") for tens in match.group(2, 3))
        if int(last) == int(first) + 10:
            unit = _UNITS[match[4]] if match[4] else ""
            yield Quantity(first, unit, match.start(), match.end(), "", second=last)


def _halves(plain: str) -> Iterator[Quantity]:
    """两个半月 is two and a half months."""
    for match in _AND_A_HALF.finditer(plain):
        number = numerals.read_number(f"{numerals.read_number(match[1])}.5")
        unit = "month" if match[2] == "月" else _UNITS[match[2]]
        yield Quantity(number, unit, match.start(), match.end(), "")


def _percents(plain: str) -> Iterator[Quantity]:
    for match in _PERCENT.finditer(plain):
        yield Quantity(numerals.read_number(match[1]), "percent", match.start(), match.end(), "")


def _numbers(plain: str) -> Iterator[Quantity]:
    skipped = _blank(_NO_COUNT, _blank(_CLOCK, plain, keeps_digits=True))
    for match in _NUMBER.finditer(skipped):
        number, unit = numerals.read_number(match[1]), _UNITS.get(match[2] or "", "")
        if match[3] and unit:
            number = numerals.read_number(f"{number}.5") if "." not in number else number
        end = match.end() if unit else match.end(1)
        is_spoken = not match[1][0].isdigit()
        is_bare = not unit and is_spoken and float(number) < 10 and number.isdigit()
        yield Quantity(number, unit, match.start(), end, "", is_bare=is_bare)


# The longest forms first: a frequency and a pressure hold numbers that mean nothing alone.
_READERS = (
    _frequencies,
    _pressures,
    _spoken_pressures,
    _split_units,
    _halves,
    _few_tens,
    _few,
    _percents,
    _numbers,
)


def _blank(pattern: patterns.Pattern[str], text: str, *, keeps_digits: bool = False) -> str:
    """Clock times in digits stay numbers; spoken ones, as `三点半`, are times of the day and no quantities."""

    def blank(match: patterns.Match[str]) -> str:
        return match[0] if keeps_digits and match[0][0].isdigit() else "|" * len(match[0])

    return pattern.sub(blank, text)


def _with_shared_units(text: str, all_quantities: Sequence[Quantity]) -> list[Quantity]:
    """Of `3-5天` and `two to three tablets` both numbers have the unit."""
    shared = list(all_quantities)
    for place in range(len(shared) - 2, -1, -1):
        one, next_one = shared[place], shared[place + 1]
        is_range = _RANGE.fullmatch(text[one.end : next_one.start].lower())
        if is_range and not one.unit and next_one.unit and not next_one.second:
            shared[place] = replace(one, unit=next_one.unit, is_bare=False)
    return shared
