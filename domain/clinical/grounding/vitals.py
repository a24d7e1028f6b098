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
_NOT_MEASURED, _CONDITION, _UNDER_CONDITION, _ANOTHER_TIME, _TODAY, _TOLD, _POSTURE = (
    patterns.compile(expression(_FILE[name]), patterns.IGNORECASE)
    for name in ("not_measured", "condition", "under_condition", "another_time", "today", "told", "posture")
)
_CLAUSE_END = patterns.compile(r"[，,;；]")
_REST_OF_CLAUSE = patterns.compile(r"[^，,;；。！!？?\n\d]{0,40}")
_PART_END = patterns.compile(r"[，,;；、]|\band\b|\bthen\b|和")
# Between a pressure and its posture, where that stands behind it.
_BEFORE_POSTURE = patterns.compile(
    r"\s{0,3}(?:mm ?hg)?\s{0,3}(?:[（(]|(?<=\s)(?:(?:while|when|on|in|for) )?(?:(?:the|your|his|her) )?)"
)
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
    """`start`, `end`: of sign and value in the text. `second`: the lower blood pressure. `place`: the posture or side, as it
    was said. `is_unit_said` is false where the range alone tells the unit."""

    sign: Sign
    number: float
    unit: str
    start: int
    end: int
    second: float | None = None
    is_unit_said: bool = True
    place: str = ""

    def text(self, *, is_chinese: bool) -> str:
        name = self.sign.zh if is_chinese else self.sign.en
        if self.place:
            name += f"（{self.place}）" if is_chinese else f" ({self.place})"
        value = f"{self.number:g}" if self.second is None else f"{self.number:g}/{self.second:g}"
        return f"{name} {value} {self.unit}"


def vital_signs(text: str) -> list[VitalSign]:
    """Those that were measured; a value no living person has is none, and neither is one to be aimed at."""
    plain, measured_quantities = normalise(text), list(quantities(text))
    return sorted(_signs(plain, measured_quantities), key=lambda sign: sign.start)


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


def _signs(plain: str, candidates: Sequence[Quantity]) -> Iterator[VitalSign]:
    used_starts: set[int] = set()
    for sign in SIGNS:
        for cue in sign.cue.finditer(plain):
            if sign.key == "blood_pressure":
                values = _find_pressures(sign, plain, cue, candidates)
            else:
                values = _find_value(sign, plain, cue, candidates, used_starts)
            for value in values:
                if _is_of_today(plain, value) and not _GOES_ON.match(plain, value.end):
                    yield value


def _is_of_today(plain: str, sign: VitalSign) -> bool:
    """What holds under a condition (“要是烧到38.5，马上来”) or was measured another time is no finding of this visit."""
    first = max(0, sign.start - MAX_SENTENCE)
    begin = max((end.end() for end in _SENTENCE_END.finditer(plain, first, sign.start)), default=first)
    before = plain[begin : sign.end]
    if _CONDITION.search(before) or _UNDER_CONDITION.match(plain, sign.end):
        return False
    clause_starts = [begin, *(end.end() for end in _CLAUSE_END.finditer(plain, begin, sign.start))]
    near = plain[clause_starts[max(0, len(clause_starts) - 2)] : sign.end]
    times = [
        (match.start(), is_today)
        for pattern, is_today in ((_ANOTHER_TIME, False), (_TODAY, True))
        for match in pattern.finditer(near)
    ]
    if max(times, default=(0, not _TOLD.match(plain, sign.start)))[1]:
        return not _is_told_behind(plain, sign, clause_starts[-1])
    return False


def _is_told_behind(plain: str, sign: VitalSign, clause_start: int) -> bool:
    """“It was 39.2 last night”: where the clause does not say before the value that it is of today, and up to the next."""
    if _TODAY.search(plain, clause_start, sign.end):
        return False
    behind = _REST_OF_CLAUSE.match(plain, sign.end)
    return bool(behind and _ANOTHER_TIME.search(behind[0]))


def _find_value(
    sign: Sign, plain: str, cue: patterns.Match[str], candidates: Sequence[Quantity], used_starts: set[int]
) -> Iterator[VitalSign]:
    quantity = next(iter(_following_quantities(plain, cue, candidates)), None)
    unit = _find_unit(sign, quantity, is_chinese=cue[0] > "㐀") if quantity else ""
    if quantity and unit and not quantity.second and quantity.start not in used_starts:
        used_starts.add(quantity.start)
        number = float(quantity.number)
        yield VitalSign(sign, number, unit, cue.start(), quantity.end, is_unit_said=bool(quantity.unit))


def _find_pressures(
    sign: Sign, plain: str, cue: patterns.Match[str], candidates: Sequence[Quantity]
) -> Iterator[VitalSign]:
    """“卧位血压142/80，站起来108/64”, “142/80 lying and 108/64 standing”: another needs its posture or side, and no name."""
    value = _find_pressure(sign, plain, cue, candidates)
    if value is None:
        return
    first = max(0, value.start - MAX_SENTENCE)
    ends = (
        end.end() for each in (_CLAUSE_END, _SENTENCE_END) for end in each.finditer(plain, first, value.start)
    )
    clause = max(ends, default=first)
    place = next(_POSTURE.finditer(plain, clause, value.end), None) or _posture_behind(plain, value.end)
    low, high = sign.units["mmHg"]
    for quantity in _quantities_near(value.end, candidates, _FARTHEST_EN):
        between = plain[value.end : quantity.start]
        if len(between) > _FARTHEST_EN:
            break
        if not quantity.second:
            continue
        upper, lower = float(quantity.number), float(quantity.second or 0)
        is_pressure = quantity.unit in ("", "mmhg") and low <= upper <= high and 20 <= lower < upper
        other = _other_posture(plain, value.end, quantity)
        if not other or not is_pressure or _SENTENCE_END.search(between):
            break
        # Where one word stands between both, it tells of the one behind it.
        has_place = place and place.start() != other.start()
        yield replace(value, place=place[0] if place and has_place else "")
        start, end = min(other.start(), quantity.start), max(other.end(), quantity.end)
        is_said = bool(quantity.unit)
        value = VitalSign(sign, upper, "mmHg", start, end, lower, is_unit_said=is_said)
        place = other
    yield replace(value, place=place[0] if place else "")


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
    if not near or near[0].unit not in ("", "mmhg"):
        return None
    first = near[0]
    if first.second:
        upper, lower, end = float(first.number), float(first.second), first.end
    elif len(near) > 1 and near[1].unit in ("", "mmhg") and not near[1].second:
        upper, lower, end = float(first.number), float(near[1].number), near[1].end
    else:
        return None
    low, high = sign.units["mmHg"]
    if not (low <= upper <= high and 20 <= lower < upper):
        return None
    is_said = bool(first.unit)
    return VitalSign(sign, upper, "mmHg", cue.start(), end, second=lower, is_unit_said=is_said)


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
