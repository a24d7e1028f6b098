"""Chinese runs on in commas from one topic to the next: “考虑肺炎，先查血常规，三天后复诊” is three things to a record."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.clinical.dialogue.clauses import Clause, split_at_commas
from domain.clinical.records.note_sections import find_section, plan_part
from llm_backend import patterns

# What is said behind it is said of the same relative, of what the same thing does, or of the same diagnosis, unless a
# person is named.
_HOLDS = frozenset({"family_history", "allergies", "assessment"})
_ENDS_A_HOLD = frozenset({"assessment", "plan", "physical_exam", "allergies", "family_history"})
_OWN = patterns.compile(r"^(?:我|本人|患者|自己|您|你)")
# The condition and what holds under it are one statement.
_CONDITION = patterns.compile(r"^(?:如果|要是|假如|万一|一旦|若)|(?:的话|的时候|时|后|以后|之后)$")
# All that follows in the sentence holds only then: “没有出血的话，收住院，先用阿司匹林”.
_IF = patterns.compile(r"^(?:如果|要是|假如|万一|一旦|若)|的话$")
# Where a patient's own words may turn to another topic; pains and their days belong together.
_TURNS = frozenset({"medications", "allergies", "family_history", "surgical_history", "social_history"})
_OF_DOCTORS = frozenset(
    {"vitals", "physical_exam", "results", "assessment", "plan", "medical_history", *_TURNS}
)
_TOLD = frozenset({"history_of_present_illness", "medical_history", "medications"})
_ORDERS = patterns.compile(r"予以?|开|建议|先|加用|改[为成]|继续|停")
_OPENS_EXAM = patterns.compile(r"查体|体检")


def split_by_topic(pieces: Sequence[Clause]) -> Iterator[Clause]:
    """Pieces cut at the commas behind which another part of a record begins; questions stay whole."""
    for piece in pieces:
        if piece.is_question:
            yield piece
        else:
            yield from _cut(piece)


def _cut(piece: Clause) -> Iterator[Clause]:
    begin, topic, is_open, is_conditional = 0, "", False, False
    for start, end in split_at_commas(piece.text):
        clause = piece.text[start:end]
        own_topic = find_section(clause, piece.speaker, in_chinese=True)
        if own_topic == "plan":
            own_topic = f"plan {plan_part(clause)}".strip()
        # A doctor who looks at a knee and says that it is swollen does not tell its history.
        is_looking = piece.speaker == "doctor" and not _OPENS_EXAM.match(clause)
        is_seen = is_looking and (topic, own_topic) == ("history_of_present_illness", "physical_exam")
        if is_seen or (is_open and own_topic):
            topic = own_topic
        is_bound = is_open or is_conditional
        if own_topic and topic and not is_bound and _changes_topic(topic, own_topic, clause, piece):
            yield _part(piece, begin, start, topic)
            begin, topic = start, own_topic
        topic = topic or own_topic
        is_conditional = is_conditional or bool(_IF.search(clause))
        is_open = bool(_CONDITION.search(clause)) or (is_open and topic in ("", "history_of_present_illness"))
    yield _part(piece, begin, len(piece.text), topic)


def _changes_topic(topic: str, own_topic: str, clause: str, piece: Clause) -> bool:
    section = own_topic.split()[0]
    if own_topic == topic:
        return False
    if section == "plan" and topic in _TOLD and not _ORDERS.search(clause):
        # "高血压八年，口服缬沙坦" tells what is taken.
        return False
    if topic.split()[0] in _HOLDS and not _OWN.match(clause):
        return section in _ENDS_A_HOLD
    return section in (_TURNS if piece.speaker in ("patient", "relative") else _OF_DOCTORS)


def _part(piece: Clause, begin: int, end: int, topic: str) -> Clause:
    part_text = piece.text[begin:end].rstrip("，, ")
    section = topic.split()[0] if topic else ""
    start = piece.start + begin
    return replace(piece, text=part_text, start=start, end=start + len(part_text), topic=section)
