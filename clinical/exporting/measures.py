"""Vital signs as other systems name them: LOINC for what was measured, UCUM for the unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clinical.exporting.document import ExportedStatement
from llm_backend import patterns

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Sign:
    cue: patterns.Pattern[str]
    loinc: str
    display: str


@dataclass(frozen=True)
class Measured:
    """`second`: the lower blood pressure. `name`: as the record calls it."""

    sign: Sign
    name: str
    number: float
    unit: str
    second: float | None = None

    @property
    def value(self) -> str:
        return f"{self.number:g}" if self.second is None else f"{self.number:g}/{self.second:g}"


def _sign(cue: str, loinc: str, display: str) -> Sign:
    return Sign(patterns.compile(cue, patterns.IGNORECASE), loinc, display)


PRESSURE: Final = _sign(
    r"血压|\bbp\b|blood pressure", "85354-9", "Blood pressure panel with all children optional"
)
SYSTOLIC: Final = ("8480-6", "Systolic blood pressure")
DIASTOLIC: Final = ("8462-4", "Diastolic blood pressure")
SIGNS: Final[Sequence[Sign]] = (
    PRESSURE,
    _sign(
        r"血氧饱和度|血氧|氧饱和度|指氧|spo2|\bo2 sats?\b|\bsats?\b|oxygen (?:saturation|level)|pulse ox\w*",
        "59408-5",
        "Oxygen saturation in Arterial blood by Pulse oximetry",
    ),
    _sign(r"体温|温度|\bT(?=[\s:：]*\d)|\btemp(?:erature)?\b", "8310-5", "Body temperature"),
    _sign(
        r"呼吸频率|呼吸|\brr?(?=[\s:：]*\d)|respirat\w*|breathing rate|\bresp\b", "9279-1", "Respiratory rate"
    ),
    _sign(r"脉搏|心率|脉率|\b(?:p|hr)(?=[\s:：]*\d)|\bpulse\b|heart rate", "8867-4", "Heart rate"),
    _sign(r"体重指数|体质指数|\bbmi\b", "39156-5", "Body mass index (BMI) [Ratio]"),
    _sign(r"身高|\bheight\b", "8302-2", "Body height"),
    _sign(r"体重|\bweigh(?:t|s|ed)?\b", "29463-7", "Body weight"),
)
_UCUM: Final = {
    "mmhg": "mm[Hg]",
    "毫米汞柱": "mm[Hg]",
    "kpa": "kPa",
    "℃": "Cel",
    "°c": "Cel",
    "c": "Cel",
    "度": "Cel",
    "摄氏度": "Cel",
    "℉": "[degF]",
    "°f": "[degF]",
    "f": "[degF]",
    "/min": "/min",
    "次/分": "/min",
    "次/min": "/min",
    "bpm": "/min",
    "%": "%",
    "cm": "cm",
    "厘米": "cm",
    "m": "m",
    "米": "m",
    "in": "[in_i]",
    "kg": "kg",
    "公斤": "kg",
    "千克": "kg",
    "g": "g",
    "克": "g",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "kg/m2": "kg/m2",
    "kg/m²": "kg/m2",
    "mg": "mg",
    "毫克": "mg",
    "ml": "mL",
    "毫升": "mL",
    "mmol/l": "mmol/L",
    "mg/dl": "mg/dL",
    "mg/l": "mg/L",
    "g/l": "g/L",
    "umol/l": "umol/L",
    "μmol/l": "umol/L",
    "h": "h",
    "小时": "h",
    "天": "d",
    "日": "d",
    "周": "wk",
    "月": "mo",
    "岁": "a",
    "年": "a",
}
_PRESSURE = patterns.compile(r"(\d{2,3}(?:\.\d+)?)\s*/\s*(\d{2,3}(?:\.\d+)?)")
_NUMBER = patterns.compile(r"\d+(?:\.\d+)?")
_UNIT = patterns.compile(
    r"mmHg|毫米汞柱|kPa|℃|°\s?[CF]|摄氏度|℉|次/分|次/min|/min|bpm|kg/m[2²]|kg|公斤|千克|cm|厘米|lbs?|%",
    patterns.IGNORECASE,
)


def ucum(unit: str) -> str:
    """The unit in UCUM, or empty where it is not known for certain."""
    written = unit.strip()
    # A jin is half a kilogram; UCUM has no word for it.
    return _UCUM.get(written.lower().replace(" ", ""), "")


def measured(statement: ExportedStatement) -> Measured | None:
    """The vital sign a statement tells, with its value; None where it tells none, or no number."""
    found = ((each, each.cue.search(statement.text)) for each in SIGNS)
    named = next(((sign, match) for sign, match in found if match), None)
    if named is None or statement.status != "present":
        return None
    sign, match = named
    if sign is PRESSURE:
        return _pressure(statement, match)
    number = statement.number if statement.number is not None else _first_number(statement.text, match.end())
    if number is None:
        return None
    return Measured(sign, match[0], number, _unit(statement))


def _pressure(statement: ExportedStatement, named: patterns.Match[str]) -> Measured | None:
    both = _PRESSURE.search(statement.text, named.end())
    if both is None:
        return None
    return Measured(PRESSURE, named[0], float(both[1]), _unit(statement) or "mmHg", second=float(both[2]))


def _first_number(text: str, start: int) -> float | None:
    found = _NUMBER.search(text, start)
    return float(found[0]) if found else None


def _unit(statement: ExportedStatement) -> str:
    if statement.unit:
        return statement.unit
    found = _UNIT.search(statement.text)
    return found[0] if found else ""
