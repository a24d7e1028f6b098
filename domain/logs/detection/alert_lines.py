"""Which log lines a person should look at, without labels: by level, by words of failure, by rarity and burst.

A line is an alert when two things agree that say so apart from each other: what the program thinks of it (its level) and
what it says (words that anybody uses for failures). Register dumps and other details that come with a fatal level say
nothing; what the caller did wrong, and what went well in the end, is told from what broke.
"""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llm_backend import patterns

ALERT_SCORE = 2.5
MAX_CHARACTERS = 2_000
MAX_SHAPES = 100_000
# Severity by the names that syslog, Java, Python and others give it; any other name is no level.
LEVELS = {
    "emerg": 2.0,
    "emergency": 2.0,
    "panic": 2.0,
    "alert": 2.0,
    "fatal": 2.0,
    "failure": 2.0,
    "crit": 2.0,
    "critical": 2.0,
    "severe": 1.0,
    "error": 1.0,
    "err": 1.0,
    "warn": 0.0,
    "warning": 0.0,
    "notice": -2.0,
    "info": -2.0,
    "information": -2.0,
    "debug": -2.0,
    "fine": -2.0,
    "verbose": -2.0,
    "trace": -2.0,
}
# Without a level the words stand alone, so one word of failure must not be enough, and a strong one must.
NO_LEVEL = 0.5
# What is steadily said over and over is how the system is, whatever it is called.
ROUTINE_SHARE = 0.01
MIN_ROUTINE_LINES = 20
ROUTINE_PARTS, MIN_ROUTINE_PARTS = 20, 16

# From the begin of a token only, and possessive: a long run without a digit is read once.
_VALUE = patterns.compile(r"(?<!\S)[^\s\d]*+\d\S*+")
# A table row of a dump: "program interrupt: trap instruction.........0", "machine state register: 0x0002d000".
_DUMP_ROW = patterns.compile(r"\.{3}\S{1,40}$")
_WORDS = Path(__file__).parent / "alert_words.toml"
_FAILURES = ("failure", "inability", "connection", "ending", "resource", "hardware")


@dataclass(frozen=True)
class AlertEvidence:
    """Why a line is an alert or is not: `score` adds up the level, the words and, among other lines, rarity."""

    score: float
    level: float
    groups: tuple[str, ...]

    @property
    def is_alert(self) -> bool:
        return self.score >= ALERT_SCORE


def line_evidence(text: str, level: str | None = None) -> AlertEvidence:
    """Of a line, or of a template, by itself."""
    lower_text = text[:MAX_CHARACTERS].lower().strip()
    severity = LEVELS.get((level or "").strip().lower(), NO_LEVEL)
    if _DUMP_ROW.search(lower_text):
        return AlertEvidence(min(severity, 0.0), severity, ("dump",))
    groups = tuple(name for name, words in _word_patterns().items() if words.search(lower_text))
    score = severity + 2.0 * ("strong" in groups) + sum(name in groups for name in _FAILURES)
    score -= 2.0 * ("recovered" in groups) + 2.0 * ("caller" in groups)
    return AlertEvidence(score, severity, groups)


def tells_of_recovery(text: str) -> bool:
    """Whether a line or a template says that something went well again, and of nothing that failed."""
    return "recovered" in (groups := line_evidence(text).groups) and {"recovered"}.issuperset(groups)


def lines_evidence(lines: Sequence[tuple[str, str | None]]) -> list[AlertEvidence]:
    """Of lines in the order of their time, as (text, level): the routine among them is told by how often it comes."""
    shapes = [line_shape(text) for text, _ in lines]
    counts = Counter(shapes)
    routine = _routine_shapes(shapes, counts)
    by_line: dict[tuple[str, str | None, bool], AlertEvidence] = {}
    evidence = []
    for (text, level), shape in zip(lines, shapes, strict=True):
        key = (shape, level, shape in routine)
        if key not in by_line:
            if len(by_line) >= MAX_SHAPES:
                by_line.clear()
            by_line[key] = _among_others(line_evidence(text, level), counts[shape], key[2])
        evidence.append(by_line[key])
    return evidence


def line_shape(text: str) -> str:
    """The line without what holds digits: near enough to a template where none has been mined."""
    return _VALUE.sub("#", text[:MAX_CHARACTERS])


def _among_others(evidence: AlertEvidence, count: int, is_routine: bool) -> AlertEvidence:
    score = evidence.score
    if is_routine and evidence.level < 2:
        score -= 1.0
    # A program that calls something an error for the first time is believed a little more.
    if count == 1 and evidence.level >= 1 and any(name in evidence.groups for name in _FAILURES):
        score += 0.5
    return AlertEvidence(score, evidence.level, evidence.groups)


def _routine_shapes(shapes: Sequence[str], counts: Counter[str]) -> frozenset[str]:
    """Frequent shapes that nearly every part of the input holds: no bursts, nothing that began or ended."""
    least = max(MIN_ROUTINE_LINES, int(ROUTINE_SHARE * len(shapes)))
    frequent = {shape for shape, count in counts.items() if count >= least}
    parts: dict[str, set[int]] = {shape: set() for shape in frequent}
    for place, shape in enumerate(shapes):
        if shape in frequent:
            parts[shape].add(place * ROUTINE_PARTS // len(shapes))
    return frozenset(shape for shape, numbers in parts.items() if len(numbers) >= MIN_ROUTINE_PARTS)


@cache
def _word_patterns() -> dict[str, patterns.Pattern[str]]:
    content = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    return {
        name: patterns.words(entry["words"], before=r"(?<![a-z])", after=r"(?![a-z])")
        for name, entry in content.items()
    }
