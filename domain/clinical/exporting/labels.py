"""The words around what a record says, in the language of the record: it is printed in that, whoever prints it."""

from datetime import datetime
from pathlib import Path
from typing import Final

from domain.clinical.records.record import Status
from domain.clinical.word_lists import read, read_patterns
from llm_backend import patterns

_FILE: Final = Path(__file__).with_suffix(".toml")
LABELS: Final[dict[str, dict[str, str]]] = {
    language: read(_FILE)[language]["labels"] for language in ("zh", "en")
}
_SAYS: Final = {
    "zh": read_patterns(_FILE, "zh.says"),
    "en": read_patterns(_FILE, "en.says", flags=patterns.IGNORECASE),
}


def with_status(text: str, status: Status, language: str) -> str:
    """With its status in words, unless the text says it itself: “否认发热” stays as it is."""
    if says_status(text, status, language):
        return text
    return str(read(_FILE)[language]["status"][status]).format(text)


def says_status(text: str, status: Status, language: str) -> bool:
    """Whether the words tell the status by themselves, or there is none to tell: “否认 否认发热” says it twice."""
    says = _SAYS[language].get(status)
    return says is None or bool(says.search(text))


def join_statements(texts: list[str], language: str) -> str:
    """Statements as one paragraph, each ended once."""
    stop, gap = ("。", "") if language == "zh" else (".", " ")
    return gap.join(text if text[-1:] in "。！？；.!?;" else text + stop for text in texts if text)


def format_time(at: datetime, language: str) -> str:
    """A time as the language writes it."""
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    return f"{at.day} {at:%B %Y, %H:%M}"


_LEADING_DENIAL: Final = patterns.compile(
    r"^(?:患者)?(?:否认(?:有)?|没有|无(?!力|痛性|尿|汗)|未(?:见|闻及|触及|诉|发现|服用|用|吃|打)(?:明显)?|不(?:考虑|像|是))(?:既往)?"
    r"|^(?:it|this|that)(?: is|'s) not "
    r"|^(?:the )?(?:patient )?(?:(?:denies|denied|deny)(?: any| having| a history of)?"
    r"|no|without|negative for|not taking)\b:?\s*",
    patterns.IGNORECASE,
)


_CLAUSE: Final = patterns.compile(r"[^\s，,；;。.][^，,；;。.]*+")


def without_denial(text: str) -> str:
    """What a denied statement is about, clause by clause: codes that say “refuted” must not name a denial."""
    plain = _CLAUSE.sub(lambda clause: _LEADING_DENIAL.sub("", clause[0]), text)
    return plain.strip(" ：:。.") or text
