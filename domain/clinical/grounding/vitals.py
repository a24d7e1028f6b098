"""Vital signs as they are said: temperature, pulse, breathing, blood pressure, oxygen, height and weight."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from domain.clinical.grounding.experiencer import find_experiencer
from domain.clinical.grounding.quantities import Quantity, quantities
from domain.clinical.records.record import Code, Span, Statement, Support
from domain.clinical.transcripts.language import detect_language, sentence_at, with_one_apostrophe
from domain.clinical.transcripts.transcript import ClinicalTranscript
from domain.clinical.word_lists import expression, read
from llm_backend import patterns
from llm_backend.wording import normalise

# In characters, between the name of a sign and its value.
_FARTHEST_ZH, _FARTHEST_EN = 12, 40
# In which a condition is looked for before a value.
MAX_SENTENCE = 400
_SENTENCE_END = patterns.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_FILE = read(Path(__file__).with_suffix(".toml"))
_NOT_MEASURED, _CONDITION, _UNDER_CONDITION, _ANOTHER_TIME, _TODAY, _TOLD, _MOMENT, _BETWEEN, _POSTURE = (
    patterns.compile(expression(_FILE[name]), patterns.IGNORECASE)
    for name in (
        *("not_measured", "condition", "under_condition", "another_time", "today"),
        *("told", "moment", "between_values", "posture"),
    )
)
_CLAUSE_END = patterns.compile(r"[，,;；]")
_REST_OF_CLAUSE = patterns.compile(r"[^，,;；。！!？?\n\d]{0,40}")
_PART_END = patterns.compile(r"[，,;；、]|\band\b|\bthen\b|和")
# Between a pressure and its posture, where that stands behind it.
_BEFORE_POSTURE = patterns.compile(
    r"\s{0,3}(?:mm ?hg)?\s{0,3}(?:[（(]|(?<=\s)(?:(?:while|when|on|in|for) )?(?:(?:the|your|his|her) )?)"
)
_VALUE_ENDS = patterns.compile(r"\W|$|了|左右|上下|的")
# Behind what was read of a number: more of it, so that what was read is another number.
_GOES_ON = patterns.compile(r"(?<!\s)\s*+(?:\bpoint\b|点\s*+[零〇一二三四五六七八九\d]|\.\d|\d)")


@dataclass(frozen=True)
class Sign:
    """`units`: those it is measured in, the usual one first, with the range a living person has."""

    key: str
    cue: patterns.Pattern[str]
    units: Mapping[str, tuple[float, float]]
    loinc: str
    zh: str
    en: str


SIGNS = tuple(
    Sign(key, patterns.compile(expression(each["cue"])), each["units"], each["loinc"], each["zh"], each["en"])
    for key, each in _FILE["signs"].items()
)
_WRITTEN_UNITS = {
    "degree": "℃",
    "fahrenheit": "℉",
    "mmhg": "mmHg",
    "percent": "%",
    "per_minute": "/min",
    "time": "/min",
    "centimetre": "cm",
    "metre": "m",
    "inch": "in",
    "kilogram": "kg",
    "pound": "lb",
    "jin": "斤",
}
# Written units are of whatever language; of those that are not said these are out of question.
_NOT_OF_CHINESE, _ONLY_OF_CHINESE = frozenset({"in", "lb"}), frozenset({"斤"})
LOINC = "http://loinc.org"


@dataclass(frozen=True, slots=True)
class VitalSign:
    """`start`, `end`: of sign and value in the text. `second`: the lower blood pressure. `place`: the posture, the side or
    the time of day, as it was said. `is_unit_said` is false where the range alone tells the unit. `told_from`: of a value
    that follows another, where its own words begin."""

    sign: Sign
    number: float
    unit: str
    start: int
    end: int
    second: float | None = None
    is_unit_said: bool = True
    place: str = ""
    told_from: int = 0

    def text(self, *, is_chinese: bool) -> str:
        name = self.sign.zh if is_chinese else self.sign.en
        if self.place:
            name += f"（{self.place}）" if is_chinese else f" ({self.place})"
        value = f"{self.number:g}" if self.second is None else f"{self.number:g}/{self.second:g}"
        return f"{name} {value} {self.unit}"


def vital_signs(text: str) -> list[VitalSign]:
    """Those that were measured; a value no living person has is none, and neither is one to be aimed at."""
    plain, signs = normalise(text), list[VitalSign]()
    for values in _signs(plain, quantities(text)):
        own = [value for value in values if _is_of_today(plain, value)]
        signs += [_with_moment(plain, value) for value in own] if len(own) > 1 else own
    return sorted(signs, key=lambda sign: sign.start)


def tells_of_earlier(text: str) -> bool:
    """Whether a sign was measured before this visit: “血压上次150/95”."""
    return any(not is_today for is_today in _times(text))


def tells_of_signs(text: str) -> bool:
    """Whether a sign was measured, at this visit or before it."""
    return any(True for _ in _times(text))


def _times(text: str) -> Iterator[bool]:
    """Of each sign whether it was measured at this visit."""
    plain = normalise(text)
    for values in _signs(plain, quantities(text)):
        yield from (_is_of_today(plain, each) for each in values if not _is_under_condition(plain, each))


def statements(transcript: ClinicalTranscript) -> list[Statement]:
    """Each sign as a statement with its place. Where it is said twice with one value, once."""
    by_text: dict[str, Statement] = {}
    for number, utterance in enumerate(transcript.utterances):
        offset, _ = transcript.bounds(number)
        for sign in vital_signs(utterance.text):
            if utterance.speaker != "relative" and _is_of_another(utterance.text, sign):
                continue
            statement = _statement(sign, transcript, number, offset)
            by_text.setdefault(statement.text, statement)
    return list(by_text.values())


def _statement(sign: VitalSign, transcript: ClinicalTranscript, number: int, offset: int) -> Statement:
    start, end = offset + sign.start, offset + sign.end
    return Statement(
        id=f"{sign.sign.key}-{start}",
        text=sign.text(is_chinese=transcript.is_chinese),
        value=transcript.text[start:end],
        number=sign.number,
        unit=sign.unit,
        speaker=transcript.utterances[number].speaker,
        spans=[Span(start=start, end=end, utterance=number, seconds=transcript.seconds(start, end))],
        support=Support.SUPPORTED,
        code=Code(system=LOINC, code=sign.sign.loinc, display=sign.sign.en),
    )


def _is_of_another(text: str, sign: VitalSign) -> bool:
    """“我妈血压180/100”. A relative's “my mother” may be the patient."""
    near = max(0, sign.start - MAX_SENTENCE)
    words, start, end = text[near : sign.end + MAX_SENTENCE], sign.start - near, sign.end - near
    language = detect_language(words)
    first, last = sentence_at(words, start, end, language)
    sentence = with_one_apostrophe(words[first:last])
    return find_experiencer(sentence, (start - first, end - first), language)[0] != "patient"


def _signs(plain: str, candidates: Sequence[Quantity]) -> Iterator[list[VitalSign]]:
    """For each name of a sign the values that were told of it."""
    used_starts: set[int] = set()
    for sign in SIGNS:
        for cue in sign.cue.finditer(plain):
            find = _find_pressure if sign.key == "blood_pressure" else _find_value
            first = find(sign, plain, cue, candidates)
            if first is None or first.end in used_starts:
                continue
            values = list(_with_further(plain, first, candidates))
            used_starts.update(value.end for value in values)
            yield [value for value in values if not _GOES_ON.match(plain, value.end)]


def _is_under_condition(plain: str, sign: VitalSign) -> bool:
    """“要是烧到38.5，马上来”."""
    before = plain[_sentence_start(plain, sign) : sign.end]
    return bool(_CONDITION.search(before) or _UNDER_CONDITION.match(plain, sign.end))


def _sentence_start(plain: str, sign: VitalSign) -> int:
    first = max(0, sign.start - MAX_SENTENCE)
    return max((end.end() for end in _SENTENCE_END.finditer(plain, first, sign.start)), default=first)


def _is_of_today(plain: str, sign: VitalSign) -> bool:
    """What holds under a condition or was measured another time is no finding of this visit."""
    if _is_under_condition(plain, sign):
        return False
    begin = _sentence_start(plain, sign)
    clause_starts = [begin, *(end.end() for end in _CLAUSE_END.finditer(plain, begin, sign.start))]
    near = plain[max(clause_starts[max(0, len(clause_starts) - 2)], sign.told_from) : sign.end]
    times = [
        (match.start(), is_today)
        for pattern, is_today in ((_ANOTHER_TIME, False), (_TODAY, True))
        for match in pattern.finditer(near)
    ]
    if max(times, default=(0, not _TOLD.match(plain, sign.start)))[1]:
        return not _is_told_behind(plain, sign, max(clause_starts[-1], sign.told_from))
    return False


def _is_told_behind(plain: str, sign: VitalSign, clause_start: int) -> bool:
    """“It was 39.2 last night”: where the clause does not say before the value that it is of today, and up to the next."""
    if _TODAY.search(plain, clause_start, sign.end):
        return False
    behind = _REST_OF_CLAUSE.match(plain, sign.end)
    return bool(behind and _ANOTHER_TIME.search(behind[0]))


def _find_value(
    sign: Sign, plain: str, cue: patterns.Match[str], candidates: Sequence[Quantity]
) -> VitalSign | None:
    quantity = next(iter(_following_quantities(plain, cue, candidates)), None)
    return _value(sign, quantity, cue.start(), is_chinese=cue[0] > "㐀") if quantity else None


def _value(
    sign: Sign, quantity: Quantity, start: int, *, is_chinese: bool, unit: str = ""
) -> VitalSign | None:
    """`unit`: of the value before it, which holds where none is said."""
    if sign.key == "blood_pressure":
        if not quantity.second or quantity.unit not in ("", "mmhg"):
            return None
        return _pressure(sign, quantity, quantity.second, start, quantity.end)
    is_said, number = bool(quantity.unit), float(quantity.number)
    low, high = sign.units.get(unit, (0.0, 0.0))
    if is_said or not low <= number <= high:
        unit = _find_unit(sign, quantity, is_chinese=is_chinese)
    if quantity.second:
        return None
    return VitalSign(sign, number, unit, start, quantity.end, is_unit_said=is_said) if unit else None


def _with_further(plain: str, value: VitalSign, candidates: Sequence[Quantity]) -> Iterator[VitalSign]:
    """“卧位血压142/80，站起来108/64”, “上次150/95，今天138/88”: another needs its posture, side or time, and no name."""
    is_pressure, is_chinese = value.second is not None, plain[value.start] > "㐀"
    place = _first_posture(plain, value) if is_pressure else None
    for quantity in _quantities_near(value.end, candidates, _FARTHEST_EN):
        between = plain[value.end : quantity.start]
        is_named = any(sign.cue.search(between) for sign in ((value.sign,) if is_pressure else SIGNS))
        if len(between) > _FARTHEST_EN or is_named:
            break
        posture = _other_posture(plain, value.end, quantity) if is_pressure else None
        marks = [mark.end() for each in (_PART_END, _SENTENCE_END) for mark in each.finditer(between)]
        own = value.end + max(marks, default=0)
        start = min(posture.start(), quantity.start) if posture else own
        other = _value(value.sign, quantity, start, is_chinese=is_chinese, unit=value.unit)
        if other is None:
            continue
        is_next_sentence = bool(_SENTENCE_END.search(between))
        when = _time_words(plain, own, quantity, is_alone=is_next_sentence or not is_pressure)
        if not when and (posture is None or is_next_sentence):
            break
        # Where one word stands between both, it tells of the one behind it.
        has_place = place and not (posture and place.start() == posture.start())
        yield replace(value, place=place[0] if place and has_place else "")
        end = max(posture.end(), quantity.end) if posture else quantity.end
        # “早上140/90，晚上150/95” are of the same days.
        is_of_own_day = _TODAY.search(when) or _ANOTHER_TIME.search(when)
        value, place = replace(other, end=end, told_from=own if is_of_own_day else value.told_from), posture
    yield replace(value, place=place[0] if place else "")


def _time_words(plain: str, start: int, quantity: Quantity, *, is_alone: bool) -> str:
    """What stands from `start` to the value and behind it where that says when, else nothing.

    `is_alone`: it may say nothing else, as where the value has not the form of a pressure.
    """
    words, behind = plain[start : quantity.start], _REST_OF_CLAUSE.match(plain, quantity.end)
    rest = behind[0] if behind else ""
    if is_alone and not _BETWEEN.fullmatch(rest):
        rest = ""
    is_value = _BETWEEN.fullmatch(words) and _VALUE_ENDS.match(plain, quantity.end)
    if _NOT_MEASURED.search(words) or (is_alone and not is_value):
        return ""
    words += rest
    return words if any(each.search(words) for each in (_MOMENT, _TODAY, _ANOTHER_TIME)) else ""


def _with_moment(plain: str, value: VitalSign) -> VitalSign:
    """Of several values of one visit each with its time: “上午38.5，现在37.2”."""
    begin = value.told_from or _sentence_start(plain, value)
    behind = _REST_OF_CLAUSE.match(plain, value.end)
    before = [match[0] for match in _MOMENT.finditer(plain, begin, value.end)]
    found = before or [match[0] for match in _MOMENT.finditer(behind[0] if behind else "")]
    return value if value.place or not found else replace(value, place=found[-1])


def _first_posture(plain: str, value: VitalSign) -> patterns.Match[str] | None:
    first = max(0, value.start - MAX_SENTENCE)
    ends = (
        end.end() for each in (_CLAUSE_END, _SENTENCE_END) for end in each.finditer(plain, first, value.start)
    )
    clause = max(ends, default=first)
    return next(_POSTURE.finditer(plain, clause, value.end), None) or _posture_behind(plain, value.end)


def _other_posture(plain: str, start: int, quantity: Quantity) -> patterns.Match[str] | None:
    """Of a pressure that follows another: behind the last mark between both, or behind itself, or between both."""
    marks = [mark.end() for mark in _PART_END.finditer(plain, start, quantity.start)]
    before = next(_POSTURE.finditer(plain, marks[-1] if marks else start, quantity.start), None)
    behind = _posture_behind(plain, quantity.end)
    return before if marks and before else behind or before


def _posture_behind(plain: str, end: int) -> patterns.Match[str] | None:
    """“142/80（卧位）”, “142/80 on the left side”."""
    lead = _BEFORE_POSTURE.match(plain, end)
    return _POSTURE.match(plain, lead.end()) if lead else None


def _find_pressure(
    sign: Sign, plain: str, cue: patterns.Match[str], candidates: Sequence[Quantity]
) -> VitalSign | None:
    near = _following_quantities(plain, cue, candidates)
    # “血压三天前150/95”
    first = next((each for each in near if each.second), near[0] if near else None)
    if first is None or first.unit not in ("", "mmhg"):
        return None
    if not first.second and len(near) > 1 and near[1].unit in ("", "mmhg"):
        return _pressure(sign, first, near[1].number, cue.start(), near[1].end)
    return _pressure(sign, first, first.second, cue.start(), first.end)


def _pressure(sign: Sign, quantity: Quantity, second: str, start: int, end: int) -> VitalSign | None:
    low, high = sign.units["mmHg"]
    upper, lower = float(quantity.number), float(second or 0)
    if not (low <= upper <= high and 20 <= lower < upper):
        return None
    return VitalSign(sign, upper, "mmHg", start, end, second=lower, is_unit_said=bool(quantity.unit))


def _following_quantities(
    plain: str, cue: patterns.Match[str], candidates: Sequence[Quantity]
) -> list[Quantity]:
    """The quantities that follow the sign's name closely, before another sign or another sentence begins."""
    reach = _FARTHEST_ZH if cue[0] > "㐀" else _FARTHEST_EN
    near: list[Quantity] = []
    for quantity in _quantities_near(cue.end(), candidates, reach):
        if quantity.is_bare:
            continue
        between = plain[cue.end() : quantity.start]
        is_other_sign = any(sign.cue.search(between) for sign in SIGNS)
        if is_other_sign or _SENTENCE_END.search(between) or _NOT_MEASURED.search(between):
            break
        near.append(quantity)
        if len(near) == 2:
            break
    return near


def _quantities_near(place: int, candidates: Sequence[Quantity], reach: int) -> Iterator[Quantity]:
    """Those behind a place of the text, none farther from the one before it, or the place, than `reach`."""
    for number in range(bisect_left(candidates, place, key=lambda each: each.start), len(candidates)):
        quantity = candidates[number]
        if quantity.start - place > reach:
            return
        if not quantity.is_bare:
            place = quantity.end
        yield quantity


def _find_unit(sign: Sign, quantity: Quantity, *, is_chinese: bool) -> str:
    """The one said, or the only one whose range holds the number; empty where none or several do."""
    number, unit_name = float(quantity.number), _WRITTEN_UNITS.get(quantity.unit, quantity.unit)
    # “101 degrees” is said of Fahrenheit: nobody lives at 60 ℃.
    if unit_name == "℃" and "℃" in sign.units and number > 60:
        unit_name = "℉"
    units = [
        unit
        for unit, (low, high) in sign.units.items()
        if (not unit_name or unit_name == unit)
        and low <= number <= high
        and (unit_name or unit not in (_NOT_OF_CHINESE if is_chinese else _ONLY_OF_CHINESE))
    ]
    # “体重一百三” is of 斤 or kg, “weight one eighty” of lb or kg: a unit that is not said is no guess.
    return units[0] if len(units) == 1 or (units and unit_name) else ""
