"""English runs on from one topic to the next: “your lungs are clear, and come back in a week” is two things."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.clinical.dialogue.answers_en import is_bare_no
from domain.clinical.dialogue.clause_topics_en import (
    doctor_topic,
    names_illness,
    seam_of_another,
    tells_of_kin,
)
from domain.clinical.dialogue.clauses import Clause
from domain.clinical.dialogue.measured_values import value_section_en
from domain.clinical.dialogue.number_words_en import NUMBER_WORD
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.self_corrections import joining_marks
from domain.clinical.grounding.vitals import tells_of_signs
from llm_backend import patterns

_ORDERS = (
    "add|avoid|begin|book|call|carry on(?: with)?|change(?: to)?|check|come|continue|cut|drink|eat|get|go|increase|keep|put"
    "|raise|reduce|refer|repeat|rest|ring|see|start|stop|switch(?: to)?|take|use|walk"
)
# Behind it stands something new that is looked at, or another order.
_SEAM = patterns.compile(
    r"(?:,\s{1,3}(?:and\s{1,3}|but\s{1,3}|then\s{1,3})?|\s{1,3}and\s{1,3})"
    rf"(?=(?:your|his|her|the|there|there's|no(?! more)|{_ORDERS}|let's|we'll|we will|i'll|i will|i'd like|i want)\b)",
    patterns.IGNORECASE,
)
# What holds under a condition is one statement with it.
_CONDITION = patterns.compile(
    r"^\W*(?:(?:and|but|so) )?(?:if|unless|when|once|should|any)\b", patterns.IGNORECASE
)

# “No asthma, my kidneys are good” is two things.
_NO_THEN = patterns.compile(
    r"^no [\w' -]{2,40}?(?P<gap>,\s+(?:but\s+)?)(?=(?:my|i|i'm|i've|his|her|he|she|the|it)\b)",
    patterns.IGNORECASE,
)
_JOINS_DRUG = patterns.compile(
    r"(?:(?:\s{0,2},)?\s{1,3}(?:and|plus|(?<!on )with)(?: also)?|,)"
    rf"(?: (?P<order>{_ORDERS}))?"
    r"(?: an?| some| the| (?:an?|one|two|\w+) (?:doses?|tablets?|puffs?|drops?|capsules?|sachets?) of)?\s{1,3}$",
    patterns.IGNORECASE,
)
# “Take it with food, not with aspirin”, “fine with amoxicillin”: only behind a drug or its dose two are taken together.
_WITH = patterns.compile(
    r"\b(?:not|never|fine|okay|ok|well|good|better|problems?|trouble|issues?|careful|interacts?|mix\w*|combin\w*|hives|rash\w*|itch\w*|swell\w*|swollen|sick|reaction|it|them)"
    r"\s{1,3}with\b[\w ]{0,30}$",
    patterns.IGNORECASE,
)


# Nothing but taking stands between it and the name of the drug.
_OPENS_INTAKE = patterns.compile(
    r"(?P<gap>[,;]\s{1,3}(?:(?:and|but|so)\s{1,3})?|\s{1,3}(?:and|so)\s{1,3})"
    r"(?:now |currently )?(?:(?:i'm|i am|i've been|he's|she's) (?:now )?(?:on|taking|using) "
    r"|(?:i|he|she) (?:now )?(?:takes?|uses?) )?"
    r"(?:the |my |an? |some )?$",
    patterns.IGNORECASE,
)

# “I'm allergic to penicillin, but he isn't”
_NO_BEHIND = patterns.compile(
    r"(?P<gap>[,;]?\s{1,3}(?:(?:but|and|though|although)\s{1,3})?)"
    r"(?=(?:i'm not|i am not|i (?:don't|do not|haven't)|(?:he|she)(?:'s not| isn't| is not| doesn't| does not| hasn't)"
    r"|they (?:aren't|don't|haven't))\W*$)",
    patterns.IGNORECASE,
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


def split_into_rows(clause: Clause, drugs: Drugs) -> Iterator[Clause]:
    """Two drugs of one sentence are two rows, each with what is said behind it; so are a denial and what follows."""
    if no_then := _NO_THEN.match(clause.text):
        start, end = no_then.span("gap")
        yield replace(clause, text=clause.text[:start], end=clause.start + start)
        clause = replace(clause, text=clause.text[end:], start=clause.start + end)
    mentions = drugs.mentions(clause.text)
    if (
        mentions
        and clause.speaker != "doctor"
        and (seam := _behind_illness(clause.text[: mentions[0].start]))
    ):
        start, end = seam
        yield replace(clause, text=clause.text[:start], end=clause.start + start)
        clause = replace(clause, text=clause.text[end:], start=clause.start + end)
        mentions = drugs.mentions(clause.text)
    begin, marks = 0, joining_marks(clause.text)
    for mention in mentions[1:]:
        joint = _JOINS_DRUG.search(clause.text, begin, mention.start)
        is_own = any(begin <= each.start < mention.start for each in mentions)
        # “Carry on with the ramipril and the aspirin, add …”: without doses both are one order.
        is_pair = bool(
            joint
            and clause.speaker == "doctor"
            and not joint["order"]
            and any(each.end == joint.start() for each in mentions)
            and patterns.match(r"\s*(?:[.!]?$|,|and\b)", clause.text[mention.end :])
        )
        is_joint = joint and joint.end() == mention.start and joint.start() not in marks and not is_pair
        is_joint = is_joint and not _WITH.search(clause.text, begin, mention.start)
        if joint and is_joint and is_own and not clause.is_question:
            yield replace(
                clause,
                text=clause.text[begin : joint.start()],
                start=clause.start + begin,
                end=clause.start + joint.start(),
            )
            # “… and start losartan”: the order is the second drug's.
            begin = joint.start("order") if joint["order"] else joint.end()
    yield replace(clause, text=clause.text[begin:], start=clause.start + begin) if begin else clause


def _behind_illness(before_drug: str) -> tuple[int, int] | None:
    """“Cholesterol is high so I'm on” atorvastatin: where an illness ends and what is taken against it begins."""
    seam = _OPENS_INTAKE.search(before_drug)
    return seam.span("gap") if seam and names_illness(before_drug[: seam.start()]) else None


# Of what was measured or ordered before, without its name.
_MORE_OF_VALUE = patterns.compile(
    r"^(?:and |but |now |then ){0,2}(?:(?:it|that)(?:'s| is| was)|is|was) (?:\w+ ){0,2}?(?=\d)",
    patterns.IGNORECASE,
)
_THEN_SO_MUCH = patterns.compile(
    rf"^(?:and )?then (?:up to |down to )?(?:half\b|\d|{NUMBER_WORD}\b)", patterns.IGNORECASE
)


_SECOND_OF_PAIR = patterns.compile(r"and (?:the )?[.!]?", patterns.IGNORECASE)


def join_what_goes_on(rows: Iterable[Clause], drugs: Drugs) -> Iterator[Clause]:
    """“PSA was 3.2 in March and it's 4.8 now”, “one teaspoon today and then half a teaspoon for four days”."""
    pending: Clause | None = None
    for row in rows:
        if pending and _goes_on(pending, row, drugs):
            pending = replace(pending, text=f"{pending.text} and {row.text}", end=row.end)
            continue
        if pending:
            yield pending
        pending = row
    if pending:
        yield pending


def _goes_on(before: Clause, row: Clause, drugs: Drugs) -> bool:
    if before.utterance != row.utterance or patterns.search(r"[.!?]\s*$", before.text):
        return False
    if _MORE_OF_VALUE.match(row.text):
        return bool(value_section_en(before.text)) or tells_of_signs(before.text)
    named, own = drugs.mentions(before.text), drugs.mentions(row.text)
    if own:
        # “Carry on with the ramipril” – “and the aspirin”
        is_second = _SECOND_OF_PAIR.fullmatch(f"{row.text[: own[0].start]}{row.text[own[0].end :]}")
        return bool(is_second and named and named[-1].end == len(before.text))
    return bool(_THEN_SO_MUCH.match(row.text) and named)


_AND_THEN = patterns.compile(r"\w|[.;]")


def split_by_person(clauses: Iterable[Clause]) -> Iterator[Clause]:
    for clause in clauses:
        yield from _cut_by_person(clause)


def _cut_by_person(clause: Clause) -> Iterator[Clause]:
    """“I don't, but my dad does”, “I get hay fever and her dad's asthmatic”: what is told of somebody else stands alone."""
    seam = seam_of_another(clause.text)
    is_told = seam and _AND_THEN.search(clause.text[slice(*seam)]) and tells_of_kin(clause.text[seam[1] :])
    if seam is None or not (is_told or is_bare_no(clause.text[: seam[0]])):
        behind = _NO_BEHIND.search(clause.text)
        seam = behind.span("gap") if behind and " " in clause.text[: behind.start()] else None
    if seam is None:
        yield clause
        return
    begin, end = seam
    yield replace(clause, text=clause.text[:begin], end=clause.start + begin)
    yield replace(clause, text=clause.text[end:], start=clause.start + end)


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
