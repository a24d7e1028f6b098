"""Numbers that Word counts by itself: “第三条”, “2.1”, “(a)”. Its files say how they are counted, and not what they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from llm_backend import patterns

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LONGEST_NUMBER = 60
_LEVEL = patterns.compile(r"%([1-9])")
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_CHINESE, _LEGAL = "零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟"
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_CIRCLED = 20


Levels = dict[int, etree._Element]


@dataclass
class _Counts:
    """Of one list: how far each level has come. Several `num`s may go on with one."""

    of_level: dict[int, int] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)


class Numbers:
    """Asked paragraph by paragraph, in the order of the document."""

    def __init__(self, root: etree._Element) -> None:
        self._lists = {each.get(f"{WORD}abstractNumId", ""): each for each in root.iter(f"{WORD}abstractNum")}
        self._nums = {each.get(f"{WORD}numId", ""): each for each in root.iter(f"{WORD}num")}
        self._linked = {value_of(each, "styleLink"): each for each in self._lists.values()}
        self._levels: dict[str, Levels] = {}
        self._counts: dict[str, _Counts] = {}

    def next_of(self, settings: Sequence[etree._Element]) -> str:
        """The number of the next paragraph, whose settings these are; empty where it has none, or a bullet."""
        num_id, place = _place(settings)
        num = self._nums.get(num_id)
        if num is None:
            return ""
        if num_id not in self._levels:
            self._levels[num_id] = self._levels_of(num)
        levels = self._levels[num_id]
        if place not in levels or value_of(levels[place], "numFmt") == "bullet":
            return ""
        counts = self._counts.setdefault(value_of(num, "abstractNumId"), _Counts())
        _count(counts, num, place, levels)
        return _number(levels[place], levels, counts.of_level)

    def _levels_of(self, num: etree._Element) -> Levels:
        source = self._lists.get(value_of(num, "abstractNumId"))
        if source is not None and (link := value_of(source, "numStyleLink")):
            source = self._linked.get(link, source)
        own = [each for part in num.iterfind(f"{WORD}lvlOverride") for each in part.iterfind(f"{WORD}lvl")]
        found = [*(source.iterfind(f"{WORD}lvl") if source is not None else ()), *own]
        return {whole_number(each.get(f"{WORD}ilvl", ""), 0): each for each in found}


def _count(counts: _Counts, num: etree._Element, place: int, levels: Levels) -> None:
    """One more at this level. Those below it begin anew, unless they say that they never do."""
    beginning = (num.get(f"{WORD}numId", ""), place)
    if beginning not in counts.begun:
        counts.begun.add(beginning)
        for override in num.iterfind(f"{WORD}lvlOverride"):
            start = value_of(override, "startOverride")
            if start and whole_number(override.get(f"{WORD}ilvl", ""), 0) == place:
                counts.of_level[place] = whole_number(start, 1) - 1
    counts.of_level[place] = counts.of_level.get(place, _start(levels[place]) - 1) + 1
    for deeper in [each for each in counts.of_level if each > place]:
        if deeper not in levels or value_of(levels[deeper], "lvlRestart") != "0":
            del counts.of_level[deeper]


def value_of(element: etree._Element, name: str) -> str:
    child = element.find(f"{WORD}{name}")
    return "" if child is None else child.get(f"{WORD}val", "")


def _place(settings: Iterable[etree._Element]) -> tuple[str, int]:
    """Of a paragraph its list and level, each where it is said first. List 0 is none."""
    num_id = level = ""
    for each in settings:
        for numbering in each.iterfind(f"{WORD}numPr"):
            num_id, level = num_id or value_of(numbering, "numId"), level or value_of(numbering, "ilvl")
        if num_id:
            break
    return num_id, whole_number(level, 0)


def _number(level: etree._Element, levels: Levels, counts: dict[int, int]) -> str:
    is_decimal = level.find(f"{WORD}isLgl") is not None

    def number_at(found: patterns.Match[str]) -> str:
        at = int(found[1]) - 1
        if at not in levels:
            return ""
        number_format = "decimal" if is_decimal else value_of(levels[at], "numFmt")
        return written(counts.get(at, _start(levels[at])), number_format)

    return _LEVEL.sub(number_at, value_of(level, "lvlText")).strip()[:LONGEST_NUMBER]


def written(count: int, number_format: str) -> str:
    name = number_format.casefold()
    if name.endswith("letter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if name.startswith("upper") else letters
    if name.endswith("roman"):
        return _roman(count).upper() if name.startswith("upper") else _roman(count)
    if "legal" in name:
        return _chinese(count, _LEGAL)
    if name.startswith(("chinesecounting", "japanesecounting", "taiwanesecounting", "ideographdigital")):
        return _chinese(count, _CHINESE)
    if name == "ideographtraditional":
        return _STEMS[(count - 1) % len(_STEMS)]
    if name == "ideographzodiac":
        return _BRANCHES[(count - 1) % len(_BRANCHES)]
    if name.startswith("decimalenclosedcircle") and 0 < count <= _CIRCLED:
        return chr(ord("①") + count - 1)
    return {"decimalzero": f"{count:02}", "none": ""}.get(name, str(count))


def _roman(count: int) -> str:
    if not 0 < count < 400:
        return str(count)
    written = ""
    for size, letters in _ROMAN:
        written += letters * (count // size)
        count %= size
    return written


def _chinese(count: int, signs: str) -> str:
    """Up to 9999: 十二, 一百零五."""
    if not 0 < count < 10_000:
        return str(count)
    written, is_gap = "", False
    for power in (3, 2, 1, 0):
        digit = count // 10**power % 10
        if not digit:
            is_gap = bool(written)
            continue
        written += (signs[0] if is_gap else "") + signs[digit] + (signs[9 + power] if power else "")
        is_gap = False
    return written[1:] if 10 <= count < 20 else written


def _start(level: etree._Element) -> int:
    return whole_number(value_of(level, "start"), 0 if level.find(f"{WORD}start") is None else 1)


def whole_number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else otherwise
