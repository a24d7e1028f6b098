"""Clauses of a Chinese turn with the part of a record that each belongs to, and which of them stand together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.clinical.dialogue.clauses import Clause, split_at_commas
from llm_backend import patterns

_IS_USED = patterns.compile(r"(?<![不别勿少能])[用涂抹贴喷滴敷吃服打含注]")
_ONLY_DOSE = patterns.compile(
    r"^(?:[每一两三][天日晚周早]|早晚|睡前|[饭餐][前后]|[\d零一二两三四五六七八九十半]{1,6}(?:毫克|克|片|粒|支|毫升|滴|次))"
)


@dataclass(frozen=True)
class Part:
    """Clauses next to each other of one topic.

    `is_last`: of its sentence. `is_no`: denies what was asked and names nothing itself. `is_row`: stands alone, as a
    value or another drug does. `named_in`: what a value is of, where the clause itself names only a side.
    """

    section: str
    clause: Clause
    is_last: bool
    is_no: bool = False
    is_row: bool = False
    named_in: Clause | None = None


def clauses_of(sentence: Clause) -> Iterator[tuple[Clause, bool]]:
    """Each with whether it is the sentence's last."""
    text = sentence.text
    for begin, end in split_at_commas(text):
        clause = text[begin:end].strip(" ，,。！!；;")
        if clause:
            start = sentence.start + begin
            yield replace(sentence, text=clause, start=start, end=start + len(clause)), end == len(text)


def join_dose(first: Part, second: Part) -> Part | None:
    """“左肘窝用百多邦，一天三次，用七天”: a dose that names no drug is of what is used in the clause before it."""
    is_dose = second.section == "plan medications" and not second.is_row and not second.named_in
    is_of_used = first.section == "plan" and not first.is_last and bool(_IS_USED.search(first.clause.text))
    if not (is_dose and is_of_used and _ONLY_DOSE.match(second.clause.text)):
        return None
    clause = replace(first.clause, text=f"{first.clause.text}，{second.clause.text}", end=second.clause.end)
    return replace(second, clause=clause)


def join_parts(first: Part, second: Part) -> Part | None:
    """Neighbours of one sentence and topic as one."""
    is_same = first.section == second.section and first.clause.utterance == second.clause.utterance
    if not is_same or second.is_row or first.is_no or second.is_no or first.is_last:
        return None
    text = f"{first.clause.text}，{second.clause.text}"
    clause = replace(first.clause, text=text, end=second.clause.end)
    return replace(first, clause=clause, is_last=second.is_last)
