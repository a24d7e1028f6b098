"""Which part of a record words belong to: by cues of both languages."""

from dataclasses import dataclass
from pathlib import Path

from domain.clinical.records.template import Division
from domain.clinical.word_lists import expression, read
from llm_backend import patterns


@dataclass(frozen=True)
class Section:
    """`headings`: what hospitals call it, lower case; the first of a language stands in a plain note."""

    key: str
    division: Division
    english: tuple[str, ...]
    chinese: tuple[str, ...]

    def title(self, *, in_chinese: bool) -> str:
        return self.chinese[0] if in_chinese else self.english[0].upper()


_FILE = read(Path(__file__).with_suffix(".toml"))
SECTIONS = tuple(
    Section(each["key"], each["division"], tuple(each["english"]), tuple(each["chinese"]))
    for each in _FILE["sections"]
)
SECTION_BY_KEY = {section.key: section for section in SECTIONS}
_KEY_BY_HEADING = {name: each.key for each in SECTIONS for name in (*each.english, *each.chinese)}
# Capitals or a few characters on a line of their own: a sentence is no heading.
_HEADING = patterns.compile(
    r"^\s*(?:[【\[])?([A-Z][A-Z /&]{1,40}|[㐀-鿿]{2,6})(?:[】\]])?\s*+(?:[:：]\s*+)?$"
)


def note_sections(note: str) -> list[tuple[str, str]]:
    """(section, line) of a note as hospitals write them: headings on lines of their own."""
    lines, section = [], ""
    for line in note.splitlines():
        heading = _HEADING.match(line)
        key = _KEY_BY_HEADING.get(heading[1].strip().lower()) if heading else None
        if key:
            section = key
        elif line.strip():
            lines.append((section, line.strip()))
    return lines


@dataclass(frozen=True)
class Cue:
    section: str
    pattern: patterns.Pattern[str]
    speaker: str = ""


def _phrases(table: str) -> list[Cue]:
    """In the order of the file: the first that fits decides."""
    return [
        Cue(
            each["section"],
            patterns.compile(expression(each), patterns.IGNORECASE),
            each.get("speaker", ""),
        )
        for each in _FILE[table]
    ]


_ENGLISH, _CHINESE, _PLANNED = _phrases("en"), _phrases("zh"), _phrases("plan")


def find_section(text: str, speaker: str, *, in_chinese: bool) -> str:
    """A section's key, or "" for what no record needs."""
    for cue in _CHINESE if in_chinese else _ENGLISH:
        # Where nobody knows who speaks, the words alone decide.
        if (cue.speaker in ("", speaker) or speaker == "unknown") and cue.pattern.search(text):
            return cue.section
    return ""


def plan_part(text: str) -> str:
    """follow_up, tests or medications; "" for any other measure or advice."""
    return next((cue.section for cue in _PLANNED if cue.pattern.search(text)), "")


_WORD = patterns.compile(r"[a-z0-9']+|[㐀-鿿]")


def word_grams(text: str, mark: str = "", *, longest: int = 2) -> list[str]:
    """Words and their neighbours, as features; Chinese by characters."""
    words = _WORD.findall(text.lower())
    return [
        f"{mark}{' '.join(words[place : place + length])}"
        for length in range(1, longest + 1)
        for place in range(len(words) - length + 1)
    ]
