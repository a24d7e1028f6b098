"""Vital signs as other systems name them: LOINC for what was measured, UCUM for the unit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.clinical.exporting.document import ExportedStatement
from domain.clinical.word_lists import expression, read
from llm_backend import patterns

LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"


@dataclass(frozen=True)
class Sign:
    cue: patterns.Pattern[str]
    loinc: str
    display: str


@dataclass(frozen=True)
class VitalSignValue:
    """`second`: the lower blood pressure. `name`: as the record calls it."""

    sign: Sign
    name: str
    number: float
    unit: str
    second: float | None = None

    @property
    def value(self) -> str:
        return f"{self.number:g}" if self.second is None else f"{self.number:g}/{self.second:g}"


_FILE = read(Path(__file__).with_suffix(".toml"))
SIGNS: Final = tuple(
    Sign(patterns.compile(expression(each["cue"]), patterns.IGNORECASE), each["loinc"], each["display"])
    for each in _FILE["signs"]
)
# The one sign of two values.
PRESSURE: Final = SIGNS[0]
SYSTOLIC: Final = ("8480-6", "Systolic blood pressure")
DIASTOLIC: Final = ("8462-4", "Diastolic blood pressure")
_UCUM: Final[dict[str, str]] = {
    written: unit for unit, several in _FILE["units"].items() for written in several
}
_PRESSURE = patterns.compile(r"(\d{2,3}(?:\.\d+)?)\s*/\s*(\d{2,3}(?:\.\d+)?)")
_NUMBER = patterns.compile(r"\d+(?:\.\d+)?")
_UNIT = patterns.compile(
    r"mmHg|毫米汞柱|kPa|℃|°\s?[CF]|摄氏度|℉|次/分|次/min|/min|bpm|kg/m[2²]|kg|公斤|千克|cm|厘米|lbs?|%",
    patterns.IGNORECASE,
)


def ucum(unit: str) -> str:
    """The unit in UCUM, or empty where it is not known for certain."""
    name = unit.strip()
    # A jin is half a kilogram; UCUM has no word for it.
    return _UCUM.get(name.lower().replace(" ", ""), "")


def find_vital_sign(statement: ExportedStatement) -> VitalSignValue | None:
    """The vital sign a statement tells, with its value; None where it tells none, or no number."""
    cues = ((each, each.cue.search(statement.text)) for each in SIGNS)
    first = next(((sign, match) for sign, match in cues if match), None)
    if first is None or statement.status != "present":
        return None
    sign, match = first
    if sign is PRESSURE:
        both = _PRESSURE.search(statement.text, match.end())
        if both is None:
            return None
        upper, lower, unit = float(both[1]), float(both[2]), _unit(statement) or "mmHg"
        return VitalSignValue(PRESSURE, match[0], upper, unit, second=lower)
    number = statement.number
    if number is None and (figure := _NUMBER.search(statement.text, match.end())):
        number = float(figure[0])
    return None if number is None else VitalSignValue(sign, match[0], number, _unit(statement))


def _unit(statement: ExportedStatement) -> str:
    if statement.unit:
        return statement.unit
    match = _UNIT.search(statement.text)
    return match[0] if match else ""


# “视力右眼0.3”, “Grip strength: 18 kilograms on the right”: any name, a number and what it is counted in.
_VALUE_ZH = patterns.compile(
    r"^(?P<name>[㐀-鿿][^\d，。：；]{1,15}?)[：:]?\s*(?P<value>\d{1,6}(?:\.\d{1,4})?)\s*(?P<unit>[^\d，。；\s]{0,8})(?P<where>)。?$"
)
_VALUE_EN = patterns.compile(
    r"^(?P<name>[^\d:]{2,60}): (?P<value>\d{1,6}(?:\.\d{1,4})?) ?(?P<unit>[^\d\s.]{1,20})?"
    r"(?P<where> (?:on|in) the [\w ]{3,20})?\.?$"
)


@dataclass(frozen=True)
class NamedValue:
    name: str
    value: str
    unit: str


def find_named_value(text: str) -> NamedValue | None:
    """What an examination measured; None for a sentence that tells more or less than that."""
    match = _VALUE_ZH.match(text) or _VALUE_EN.match(text)
    return (
        NamedValue(f"{match['name']}{match['where'] or ''}", match["value"], match["unit"] or "")
        if match
        else None
    )
