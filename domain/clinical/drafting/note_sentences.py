"""One sentence of a record, as it is written before it is put into a template's field."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.clinical.dialogue.clauses import Clause
from domain.clinical.records.note_sections import SECTION_BY_KEY
from domain.clinical.records.record import Span, Status
from domain.clinical.records.template import Division
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_QUESTION_END = patterns.compile(r"[？?]\s*+")
# “You take 20 of it, right?”; not “is it on the right?”
_ASKS_FOR_NOD = patterns.compile(
    r"(?:,\s?\b(?:right|correct)|[，,]?(?:对吧|是吧|对不对|是不是))\W*$", patterns.IGNORECASE
)
_ASKING = patterns.compile(r"[\s吗呢啊呀吧。.]{1,20}$")


@dataclass(frozen=True)
class NoteSentence:
    """`section`: of a plain note, or one of the parts that templates keep apart (`placing.PARTS`).
    `part`: of a plan, where it is known. `plain`: the words as they were said, for where the wording is not borne out.
    `spans`: all the words it was made of. `speaker`: who said what it states.
    """

    text: str
    division: Division
    section: str
    spans: list[Span]
    speaker: Speaker
    status: Status = Status.PRESENT
    part: str = ""
    plain: str = ""


def note_sentence(
    transcript: ClinicalTranscript,
    text: str,
    section: str,
    clauses: Sequence[Clause],
    *,
    status: Status = Status.PRESENT,
    plain: str = "",
) -> NoteSentence:
    """`section`: as of a plain note, with the part of a plan behind a blank."""
    name, _, part = section.partition(" ")
    division = SECTION_BY_KEY[name].division if name in SECTION_BY_KEY else "subjective"
    spans = [clause.span(transcript) for clause in clauses]
    clause_text = plain or " ".join(clause.text for clause in clauses)
    return NoteSentence(text, division, name, spans, clauses[-1].speaker, status, part, clause_text)


def without_question_marks(text: str) -> str:
    """A question stands before its answer as what it is about: a record asks nothing. “抽烟吗？ 不抽。” is “抽烟：不抽。”"""
    *questions, answer = _QUESTION_END.split(text)
    if not answer.strip():
        return _asked(questions[-1]) + ("。" if is_chinese(text) else ".") if questions else text
    asked = _asked(questions[-1]).strip() if questions else ""
    colon = "：" if is_chinese(text) else ": "
    return f"{asked}{colon}{answer.strip()}" if asked else text


def _asked(question: str) -> str:
    return _ASKING.sub("", _ASKS_FOR_NOD.sub("", question))
