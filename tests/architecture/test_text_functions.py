"""What reads a stranger's text takes time in proportion to its length, whatever the text is made of."""

from collections.abc import Callable
from datetime import date

import pytest

from apps.customer_service.answering import lookups, support
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.connectors import cleaning, mail_threads, reply_text
from apps.customer_service.conversations import messages
from apps.customer_service.copilot import wording as copilot_wording
from apps.customer_service.handoff import hours, phrases
from apps.customer_service.regression import judging
from apps.customer_service.templatetags import answers
from apps.knowledge import terms as search_terms
from apps.knowledge.reading import content
from apps.knowledge.reading.errors import Unreadable
from apps.medical_records.templatetags import record_words
from llm_backend import changes, figures, grounding, rewording, sentences, tokens, wording
from llm_backend.clinical import (
    answers_en,
    corrections,
    cues,
    drugs,
    evidence,
    findings,
    grammar_en,
    numbers_en,
    oddities,
    phrasing_en,
    phrasing_zh,
    pieces,
    quantities,
    relations,
    replies,
    second_patient,
    sections,
    selection,
    sides,
    speakers,
    status,
    terms,
    vitals,
)
from llm_backend.clinical.coding import wording as coding_wording
from llm_backend.clinical.exporting import document, fhir_terms
from llm_backend.clinical.exporting import wording as export_wording
from llm_backend.clinical.exporting.deidentification import Deidentifier, Identity
from llm_backend.clinical.transcript import ClinicalTranscript
from llm_backend.growing_json import GrowingText
from llm_backend.prompts import Tagger
from llm_backend.speech import chinese_text
from llm_backend.speech.heard import repeats_itself
from llm_backend.understanding import closeness, entities, urgency
from llm_backend.understanding import terms as understood_terms
from llm_backend.understanding.same_question import compared
from tests.architecture.desk_walks import told
from tests.architecture.floods import PHRASES, SINGLE, cpu_seconds

DAY = date(2026, 3, 5)
NAMED = Identity("林国华", ("H-1001",), ("Mary Wong",), ("第一医院",), 12, DAY)


def head(text: str) -> object:
    try:
        return content.kind_of_head(text.encode(), "page.html")
    except Unreadable as refusal:
        return refusal


def refused(read: Callable[[], object]) -> object:
    try:
        return read()
    except ValueError as refusal:
        return refusal


def passage(text: str) -> NumberedPassage:
    return NumberedPassage(1, None, "Prices", "", text)


def transcript(text: str) -> ClinicalTranscript:
    return ClinicalTranscript.from_text(f"{text}\nI have pain.\nDoctor: since when?")


FUNCTIONS: dict[str, Callable[[str], object]] = {
    # what visitors write
    "messages.language_of": lambda text: messages.language_of(text, otherwise="en"),
    "messages.leans_back": messages.leans_back,
    "messages.asks_for_a_fact": messages.asks_for_a_fact,
    "messages.is_greeting": messages.is_greeting,
    "phrases.asked": lambda text: phrases.phrases("asked").found_in(text, may_be_declined=True),
    "phrases.words": lambda text: phrases.words(["refund", "退款"]).found_in(text, may_be_declined=True),  # type: ignore[union-attr]
    "entities": lambda text: entities.entities(text, today=DAY),
    "urgency": urgency.is_urgent,
    "closeness.plain": closeness.plain,
    "closeness.overlap": lambda text: closeness.overlap(text, text[1:]),
    "closeness.objection": lambda text: closeness.objection(text, text[1:]),
    "same_question": lambda text: compared(text, text[1:]),
    "understanding.terms": understood_terms.terms,
    "search.terms": search_terms.terms_of,
    "search.normalised": search_terms.normalised,
    "lookups.is_written": lambda text: lookups.is_written("TH-2041", text),
    "hours": lambda text: refused(lambda: hours.ranges_of(text)),
    # what a model answers, and what it answers from
    "sentences": sentences.sentences,
    "sentences.clauses": sentences.clauses,
    "sentences.without_citations": sentences.without_citations,
    "figures.read": figures.read,
    "figures.canonical": figures.canonical,
    "wording.of": wording.Wording.of,
    "wording.is_negated": wording.is_negated,
    "grounding.check": lambda text: grounding.check(text, [text[1:], "Tea is 5 euros."], question=text),
    "grounding.is_faithful": lambda text: grounding.is_faithful(text, text[1:]),
    "checked_answer": lambda text: support.checked_answer(text, [text[1:]], question=text),
    "without_sentence": lambda text: support.without_sentence(text, "I could not find that."),
    "rewording": lambda text: rewording.changes(text, text[1:]),
    "growing_json": lambda text: GrowingText("answer").feed(text),
    "tagger": lambda text: Tagger(frozenset(["question"]))("question", text),
    "tokens.fit": lambda text: tokens.fit(text, 500),
    "changes": lambda text: changes.word_changes(text, text[1:]),
    "stripped": copilot_wording.stripped,
    "judging": lambda text: judging.holds(judging.facts_of(text), text[:200]),
    "answers.plain": answers.plain,
    # mails and files
    "reply_text": reply_text.own_words,
    "cleaning": cleaning.clean,
    "mail_threads.subject": mail_threads.plain_subject,
    "content": head,
    # what is said to a doctor
    "speech.as_written": chinese_text.as_written,
    "speech.repeats": repeats_itself,
    "transcript": lambda text: transcript(text).to_dict(),
    "pieces": lambda text: pieces.pieces(transcript(text)),
    "units": lambda text: selection.units(transcript(text)),
    "chosen": lambda text: selection.chosen(transcript(text), None),
    "quantities": quantities.quantities,
    "quantities.problems": lambda text: quantities.problems(text, text[1:]),
    "numbers_en": numbers_en.written,
    "drugs": lambda text: drugs.built_in().problems(text, text[1:]),
    "sides": sides.sides,
    "terms": terms.terms,
    "terms.findings": terms.findings,
    "terms.coverage": lambda text: terms.coverage(text, text[1:]),
    "terms.alignment": lambda text: terms.alignment("pain in the left knee", text),
    "findings": lambda text: findings.findings(transcript(text)),
    "cues.zh": lambda text: list(cues.reaching(text, (5, 9), "zh")),
    "cues.en": lambda text: list(cues.reaching(text, (5, 9), "en")),
    "status": lambda text: status.status_in(text, 5, 9),
    "relations.zh": lambda text: relations.about(text, (5, 9), "zh"),
    "relations.en": lambda text: relations.about(text, (5, 9), "en"),
    "replies.zh": lambda text: (replies.is_question(text, "zh"), replies.polarity(text, "zh")),
    "replies.en": lambda text: (replies.is_question(text, "en"), replies.polarity(text, "en")),
    "replies.taken_up": lambda text: replies.taken_up("headache", text, "en"),
    "speakers": lambda text: speakers.guessed_speakers(transcript(text)),
    "sections.zh": lambda text: sections.by_cues(text, "doctor", in_chinese=True),
    "sections.en": lambda text: sections.by_cues(text, "doctor", in_chinese=False),
    "sections.note": sections.note_sections,
    "sections.plan": sections.part_of_plan,
    "answers_en": lambda text: (answers_en.answer(text), answers_en.is_small_talk(text)),
    "answers_en.beyond": answers_en.beyond_the_answer,
    "answers_en.answered": lambda text: answers_en.answered(text, True, grammar_en.person_of("she")),
    "answers_en.topic": answers_en.topic,
    "phrasing_en": lambda text: phrasing_en.told(text, grammar_en.person_of("she"), "patient"),
    "phrasing_en.reason": phrasing_en.reason,
    "phrasing_zh": lambda text: phrasing_zh.told(text, by_patient=True),
    "phrasing_zh.answer": lambda text: (phrasing_zh.answer(text), phrasing_zh.beyond_the_answer(text)),
    "phrasing_zh.answered": lambda text: phrasing_zh.answered(text, True),
    "phrasing_zh.reason": phrasing_zh.reason,
    "evidence.source": lambda text: evidence.source(transcript(text), "pain in the left knee"),
    "evidence.cited": lambda text: evidence.cited_lines(transcript(text), text[:200]),
    "corrections": lambda text: corrections.misheard(text, text[1:]),
    "oddities": lambda text: oddities.next_patient_at(transcript(text)),
    "second_patient": lambda text: second_patient.second_patient(transcript(text)),
    "vitals": vitals.vital_signs,
    "coding.folded": coding_wording.folded,
    "coding.parts": coding_wording.parts,
    "coding.expanded": coding_wording.expanded,
    "export.without_denial": export_wording.without_denial,
    "export.cleaned": document.cleaned,
    "export.relative": lambda text: (fhir_terms.relative(text), fhir_terms.no_known_allergy(text)),
    "deidentification.zh": lambda text: Deidentifier(NAMED, "zh").text(text),
    "deidentification.en": lambda text: Deidentifier(NAMED, "en").text(text),
    "record_words": record_words.measured,
    **told("FUNCTIONS"),
}


@pytest.mark.parametrize(
    "text",
    [
        "百分之" + "1" * 6000,
        "一" * 6000 + "天",
        "百分之" + "九" * 6000,
        "hundred " * 2000,
        "1," + "000," * 3000,
        "[" + "1" * 6000 + "]",
        "¥" + "1" * 6000,
        "9" * 6000 + "点钟",
    ],
    ids=lambda text: text[:8],
)
def test_numbers_of_thousands_of_digits_are_read_or_left(text: str) -> None:
    for name in (
        "figures.read",
        "figures.canonical",
        "quantities",
        "numbers_en",
        "speech.as_written",
        "entities",
    ):
        FUNCTIONS[name](text)
    for name in ("checked_answer", "rewording", "judging", "answers.plain", "terms", "phrasing_zh", "vitals"):
        FUNCTIONS[name](text)


SHORT, TIMES = 1_000, 4
# Four times the length may take some more than four times as long; its square would take sixteen times.
MOST_GROWTH, SLACK_SECONDS = 8, 0.03
MOST_SECONDS, WORTH_A_LOOK_SECONDS = 0.5, 0.002
PIECES = [*SINGLE[::2], *PHRASES, "a ", "a\n", "1\n", "汉\n", "汉 ", "汉,", "a,"]


def hostile_text(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length] + "x"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_its_time_grows_with_the_length_of_the_text(name: str) -> None:
    function = FUNCTIONS[name]
    function("I have 三天 of pain.")  # what is loaded once
    slow = [f"{piece!r}: {growth}" for piece in PIECES if (growth := _growth(function, piece))]
    assert slow == []


def _growth(function: Callable[[str], object], piece: str) -> str:
    """How much longer a longer text takes, where that is too much; twice, as other work takes time from this one."""
    short, long = hostile_text(piece, SHORT), hostile_text(piece, SHORT * TIMES)
    for _ in range(2):
        taken = cpu_seconds(lambda: function(short), at_most=MOST_SECONDS)
        most = min(MOST_SECONDS, MOST_GROWTH * taken + SLACK_SECONDS)
        if taken < WORTH_A_LOOK_SECONDS or cpu_seconds(lambda: function(long), at_most=most * 2) <= most:
            return ""
    return f"{taken:.3f} s, then over {most:.3f} s"
