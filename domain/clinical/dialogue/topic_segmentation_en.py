"""English runs on from one topic to the next: “your lungs are clear, and come back in a week” is two things."""

from collections.abc import Iterator
from dataclasses import replace

from domain.clinical.dialogue.clause_topics_en import doctor_topic
from domain.clinical.dialogue.clauses import Clause
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.self_corrections import joining_marks
from llm_backend import patterns

# Behind it stands something new that is looked at, or another order.
_SEAM = patterns.compile(
    r"(?:,\s{1,3}(?:and\s{1,3}|but\s{1,3}|then\s{1,3})?|\s{1,3}and\s{1,3})"
    r"(?=(?:your|his|her|the|there|there's|no(?! more)|come|go|see|call|stop|start|keep|get|take|raise|increase|reduce"
    r"|carry on|drink|eat|rest|walk|avoid|cut|let's|we'll|we will|i'll|i will|i'd like|i want)\b)",
    patterns.IGNORECASE,
)
# What holds under a condition is one statement with it.
_CONDITION = patterns.compile(
    r"^\W*(?:(?:and|but|so) )?(?:if|unless|when|once|should)\b", patterns.IGNORECASE
)


def split_by_topic(clause: Clause, drugs: Drugs) -> Iterator[Clause]:
    """A doctor's clause cut where another part of a record begins."""
    begin, topic = 0, ""
    for start, end in _pieces(clause.text):
        piece = clause.text[start:end]
        if _CONDITION.match(piece):
            break
        own_topic = doctor_topic(piece, drugs)
        if topic and own_topic and own_topic != topic:
            yield _part(clause, begin, start)
            begin = start
        topic = own_topic or topic
    yield _part(clause, begin, len(clause.text))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    begin, marks = 0, joining_marks(text)
    for seam in _SEAM.finditer(text):
        if seam.start() in marks:
            continue
        yield begin, seam.start()
        begin = seam.end()
    yield begin, len(text)


def _part(clause: Clause, begin: int, end: int) -> Clause:
    text = _SEAM_AT_END.sub("", clause.text[begin:end])
    return replace(clause, text=text, start=clause.start + begin, end=clause.start + begin + len(text))


_SEAM_AT_END = patterns.compile(r"(?:,|,?\s{1,3}and|,\s{1,3}but|,\s{1,3}then)\s{0,3}$", patterns.IGNORECASE)
