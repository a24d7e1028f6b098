"""What a transcript says twice, and differently: doses, allergies, sides and findings. A person has to decide."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from domain.clinical.grounding import drugs as drug_names
from domain.clinical.grounding.drugs import Drugs, Mention
from domain.clinical.grounding.laterality import find_sides
from domain.clinical.grounding.quantities import Quantity, quantities
from domain.clinical.grounding.statement_grounding import AssertionFinder
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.records.record import Problem, RecordContent, Span, Status
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.sentences import sentences

_DOSE_UNITS = frozenset({"mg", "mcg", "gram", "millilitre", "iu"})
# A dose that is changed is said twice on purpose.
_CHANGED = patterns.compile(
    r"\b(?:increas|decreas|chang|switch|titrat|rais|reduc|lower|doubl|instead|bump|used to|from \d"
    r"|bring|halv|taper|cut|(?:up|down) to\b)"
    r"|加量|加到|减量|减到|改|换|增加|减少|调|升到|降到|以前|原来",
    patterns.IGNORECASE,
)
# What there was years ago is denied by no word about today.
_LONG_AGO = patterns.compile(
    r"(?:[\d零〇一二三四五六七八九]{2,4}|去|前)年(?!前|.{0,4}(?:开始|起))|小时候|年轻时|以前|从前|年(?:以)?前(?!.{0,2}(?:开始|起))"
    r"|\b(?:in (?:19|20)\d\d|years ago|last year|as a (?:child|kid)|used to|when i was)\b",
    patterns.IGNORECASE,
)
_CLAUSE_END = patterns.compile(r"[，,；;。.！!]")
# Who takes a side back turns later: “sorry, I meant the right knee”, “刚才说反了，是左耳”.
_TAKES_BACK = patterns.compile(
    r"(?:说|讲|记|弄|搞)[错反]|口误|更正|其实|\b(?:i meant|meant to say|actually|(?:oh|no)?,? ?wait|correction|scratch that"
    r"|i tell a lie|my mistake|mixed (?:it|them|that) up|got (?:it|that|them) wrong|i said (?:left|right))\b",
    patterns.IGNORECASE,
)
# “Actually the right one hurts, too”, “actually the right one is fine”: nothing of the left is taken back.
_ALSO = patterns.compile(r"[也还又都]|\b(?:also|too|as well|both)\b", patterns.IGNORECASE)
_WELL = patterns.compile(r"没事|好的|正常|\b(?:fine|okay|ok|good|normal|better)\b", patterns.IGNORECASE)
_SIDED_PART = patterns.compile(
    r"(?:(?P<left>左|\bleft\b)|右|\bright\b)(?:[侧边手面]的?|[\s-]+|)(?P<part>[㐀-鿿]|[a-z]+)",
    patterns.IGNORECASE,
)
_ANY_PART = frozenset({"one", "side", "hand"})
# Sentences with a side that one correction may mean, and places of a whole talk that are marked for it.
MAX_SIDES_BEFORE, MAX_TAKEN_BACK = 50, 200
MAX_CHARACTERS_TO_DOSE, MAX_CHARACTERS_BEFORE_DRUG = 40, 5
_ALLERGY = "@allergy"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`kind`: dose, allergy, side or finding. `words`: what it is about, then both ways it was said."""

    kind: str
    words: str
    first: Span
    second: Span


@dataclass(frozen=True, slots=True)
class _Claim:
    """One thing said of a subject: two of one subject with different claims contradict each other."""

    subject: str
    claim: str
    span: Span
    name: str


def find_contradictions(
    transcript: ClinicalTranscript,
    *,
    find_assertion: AssertionFinder | None = None,
    drugs: Drugs | None = None,
) -> list[Contradiction]:
    """One for each subject and kind, with the first two places that differ."""
    names = drugs or drug_names.built_in()
    contradictions = [
        *_find_differing("dose", _doses(transcript, names)),
        *_find_differing("side", _sides(transcript)),
    ]
    contradictions += islice(_sides_taken_back(transcript), MAX_TAKEN_BACK)
    if find_assertion:
        contradictions += _find_differing("allergy", _allergies(transcript, names, find_assertion))
        contradictions += _find_differing("finding", _findings(transcript, find_assertion))
    return contradictions


def flag_contradictions(record: RecordContent, contradictions: Sequence[Contradiction]) -> RecordContent:
    """The record with a problem at each statement that rests on either place. They stay supported: both were said."""
    copy = record.model_copy(deep=True)
    for _, _, statement in copy.statements():
        for contradiction in contradictions:
            rests_on_it = any(
                span.utterance == place.utterance and span.start < place.end and span.end > place.start
                for span in statement.spans
                for place in (contradiction.first, contradiction.second)
            )
            is_flagged = any(problem.words == contradiction.words for problem in statement.problems)
            if rests_on_it and statement.is_exported and not is_flagged:
                statement.problems.append(Problem(code="contradiction", words=contradiction.words))
    return copy


def _find_differing(kind: str, claims: Iterable[_Claim]) -> list[Contradiction]:
    by_subject: dict[str, list[_Claim]] = {}
    for each in claims:
        by_subject.setdefault(each.subject, []).append(each)
    contradictions = []
    for claims_of_one in by_subject.values():
        # Said again in one turn it contradicts nothing more.
        first_claims: dict[tuple[str, int], _Claim] = {}
        for each in claims_of_one:
            first_claims.setdefault((each.claim, each.span.utterance), each)
        several = list(first_claims.values())
        # Only a dose contradicts another of the same turn: “no cough, well, a little cough” is one answer.
        pairs = (
            (a, b)
            for a, b in combinations(several, 2)
            if a.claim != b.claim and (kind == "dose" or a.span.utterance != b.span.utterance)
        )
        if pair := next(pairs, None):
            one, other = pair
            contradictions.append(
                Contradiction(kind, f"{one.name}: {one.claim} ≠ {other.claim}", one.span, other.span)
            )
    return contradictions


def _doses(transcript: ClinicalTranscript, drugs: Drugs) -> Iterator[_Claim]:
    for offset, sentence in _sentences(transcript):
        if _CHANGED.search(sentence):
            continue
        mentions, doses = drugs.mentions(sentence), [q for q in quantities(sentence) if q.unit in _DOSE_UNITS]
        for mention in mentions:
            if dose := _find_dose(mention, mentions, doses):
                start, end = min(mention.start, dose.start), max(mention.end, dose.end)
                claim = f"{dose.number} {dose.unit}"
                span = _span(transcript, offset + start, offset + end)
                yield _Claim(mention.drug, claim, span, mention.written)


def _find_dose(mention: Mention, mentions: Sequence[Mention], doses: Sequence[Quantity]) -> Quantity | None:
    """The first dose behind the drug and before the next drug; else the one right in front of it."""
    following = next((other.start for other in mentions if other.start >= mention.end), None)
    for dose in doses:
        is_before_next = following is None or dose.end <= following
        if mention.end <= dose.start <= mention.end + MAX_CHARACTERS_TO_DOSE and is_before_next:
            return dose
    before = [dose for dose in doses if 0 <= mention.start - dose.end <= MAX_CHARACTERS_BEFORE_DRUG]
    return before[-1] if before else None


def _sides(transcript: ClinicalTranscript) -> Iterator[_Claim]:
    """Of a finding that is named with one side here and with the other there."""
    for offset, sentence in _sentences(transcript):
        sides = find_sides(sentence)
        findings = finding_terms(sentence)
        # With more of either, nobody can tell which side belongs to which finding.
        if len(sides) == 1 and len(findings) == 1 and not _ALSO.search(sentence):
            span = _span(transcript, offset + findings[0].start, offset + findings[0].end)
            name = sentence[findings[0].start : findings[0].end]
            yield _Claim(findings[0].key, next(iter(sides)), span, name)


def _sides_taken_back(transcript: ClinicalTranscript) -> Iterator[Contradiction]:
    """Each sentence that names the other side of a part which somebody says later that they meant otherwise."""
    told = deque[tuple[str, str, Span]](maxlen=MAX_SIDES_BEFORE)
    for offset, sentence in _sentences(transcript):
        sides, cue = find_sides(sentence), _TAKES_BACK.search(sentence)
        if len(sides) != 1 or sentence.rstrip().endswith(("?", "？")):
            continue
        side, first = next(iter(sides)), cue.start() if cue else 0
        span = _span(transcript, offset + first, offset + len(sentence))
        part = _part_of_side(sentence, side)
        if cue and not (_ALSO.search(sentence) or _WELL.search(sentence)):
            for other, text, place in told:
                if other != side and place.utterance != span.utterance and (not part or part in text):
                    yield Contradiction("side", f"{part or side}: {other} ≠ {side}", place, span)
        told.append((side, sentence, span))


def _part_of_side(sentence: str, side: str) -> str:
    """“knee” of the right knee, 膝 of 右膝盖; nothing where only a side is named."""
    parts = {
        (match["left"] and "left") or "right": match["part"].lower()
        for match in _SIDED_PART.finditer(sentence)
    }
    part = parts.get(side, "")
    return "" if part in _ANY_PART else part


def _allergies(
    transcript: ClinicalTranscript, drugs: Drugs, find_assertion: AssertionFinder
) -> Iterator[_Claim]:
    for offset, sentence in _sentences(transcript):
        cues = [term for term in finding_terms(sentence) if term.key == _ALLERGY]
        for mention in drugs.mentions(sentence) if cues else []:
            place = offset + cues[0].start, offset + cues[0].end
            status = find_assertion(transcript, *place).status
            start, end = min(mention.start, cues[0].start), max(mention.end, cues[0].end)
            if status in (Status.PRESENT, Status.DENIED):
                span = _span(transcript, offset + start, offset + end)
                yield _Claim(mention.drug, status.value, span, mention.written)


def _findings(transcript: ClinicalTranscript, find_assertion: AssertionFinder) -> Iterator[_Claim]:
    """What is so of one side is so; what is denied of one side (“左边不疼”) is denied of that side alone."""
    for offset, sentence in _sentences(transcript):
        # A question claims nothing.
        if sentence.rstrip().endswith(("?", "？", "吗", "吗。", "呢")):
            continue
        for term in finding_terms(sentence):
            start, end = offset + term.start, offset + term.end
            status = find_assertion(transcript, start, end).status
            clause = _clause_around(sentence, term.start, term.end)
            is_claim = term.key != _ALLERGY and status in (Status.PRESENT, Status.DENIED)
            if not is_claim or _LONG_AGO.search(clause):
                continue
            sides = [f"{term.key} {side}" for side in sorted(find_sides(clause))]
            subjects = [term.key, *sides] if status is Status.PRESENT or not sides else sides
            for subject in subjects:
                name = sentence[term.start : term.end]
                yield _Claim(subject, status.value, _span(transcript, start, end), name)


def _clause_around(sentence: str, start: int, end: int) -> str:
    ends = [match.end() for match in _CLAUSE_END.finditer(sentence, 0, start)]
    behind = _CLAUSE_END.search(sentence, end)
    return sentence[ends[-1] if ends else 0 : behind.start() if behind else len(sentence)]


def _sentences(transcript: ClinicalTranscript) -> Iterator[tuple[int, str]]:
    for number, utterance in enumerate(transcript.utterances):
        for sentence in sentences(utterance.text):
            yield transcript.starts[number] + sentence.start, sentence.text


def _span(transcript: ClinicalTranscript, start: int, end: int) -> Span:
    number = transcript.utterance_at(start)
    return Span(start=start, end=end, utterance=number, seconds=transcript.seconds(start, end))
