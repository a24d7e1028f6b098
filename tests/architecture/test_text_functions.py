"""What reads a stranger's text takes time in proportion to its length, whatever the text is made of."""

from collections.abc import Callable
from datetime import date
from html import escape

import pytest
from lxml import etree

from apps.answering import citation_check, markdown_html, messages, pieces
from apps.answering.passages import NumberedPassage
from apps.core import tables
from apps.customer_service.channels import plain_text
from apps.customer_service.copilot import rewording as copilot_rewording
from apps.customer_service.mail import reply_text, threads
from apps.customer_service.regression import grading
from apps.customer_service.staff import business_hours
from apps.customer_service.tools import calls
from apps.knowledge import chunking
from apps.knowledge import lexical as search_terms
from apps.knowledge.chunking import Cut
from apps.medical_records.templatetags import record_words
from apps.portal import recognition
from benchmarks.finding_labels import Lexicon, general_terms
from domain.clinical.coding import normalisation as coding_wording
from domain.clinical.dialogue import (
    answers_en,
    answers_zh,
    clauses,
    grammar_en,
    number_words_en,
    own_denials_en,
    pro_forms_en,
    text_normalisation_en,
    text_normalisation_zh,
)
from domain.clinical.drafting import draft_statements, note_selection
from domain.clinical.exporting import document, fhir_terms, labels
from domain.clinical.exporting.deidentification import Deidentifier, Identity
from domain.clinical.grounding import (
    assertion,
    cue_scopes,
    drugs,
    experiencer,
    laterality,
    patient_change,
    patient_kin,
    quantities,
    replies,
    self_corrections,
    source_comparison,
    sources,
    terms,
    vitals,
)
from domain.clinical.records import note_sections
from domain.clinical.records.record import Span, Statement, Support
from domain.clinical.transcripts import corrections, speakers, warnings
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
from domain.documents import (
    content,
    formulas,
    invitations,
    markdown,
    markup,
    number_formats,
    plausible_text,
    questions,
)
from domain.documents.errors import Unreadable
from domain.documents.ocr import second_reading
from domain.logs.detection import alert_lines
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import check_copy
from domain.text import rewording
from domain.text.answer_sentences import reader
from domain.text.understanding import closeness, entities, phrases, urgency
from domain.text.understanding import terms as understood_terms
from llm_backend import changes, figures, grounding, sentences, tokens, wording
from llm_backend.prompts import Tagger
from llm_backend.speech import chinese_reading, chinese_text
from llm_backend.structured import GrowingText
from tests.architecture.desk_walks import told
from tests.architecture.floods import PHRASES, SINGLE, cpu_seconds
from tests.sample import sampled

DAY = date(2026, 3, 5)
PRODUCT = BriefFacts(
    "Best tea",
    (
        Fact("price", "5 元"),
        Fact("", "不支持明火加热"),
        Fact("", "not dishwasher safe"),
        Fact("", "除新疆外全国包邮"),
        Fact("每周二", "首单立减 20 元"),
    ),
    industries=("food", "cosmetics", "finance"),
    goal="让老客户在活动期间下单",
)
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


def read_rows(text: str) -> object:
    try:
        return list(questions.blocks(text))
    except Unreadable as refusal:
        return refusal


def passage(text: str) -> NumberedPassage:
    return NumberedPassage(1, None, "Prices", "", text)


def transcript(text: str) -> ClinicalTranscript:
    return ClinicalTranscript.from_text(f"{text}\nI have pain.\nDoctor: since when?")


def stated(text: str) -> Statement:
    """A statement of all that was said, which rests on all of it."""
    spans = [Span(start=0, end=len(text), utterance=0)]
    return Statement(id="1", text=text, spans=spans, support=Support.SUPPORTED)


FUNCTIONS: dict[str, Callable[[str], object]] = {
    # what visitors write
    "messages.language_of": lambda text: messages.language_of(text, otherwise="en"),
    "messages.leans_back": messages.leans_back,
    "messages.previous_question": lambda text: messages.previous_question([text] * 3),
    "messages.questions_of": messages.questions_of,
    "messages.asks_for_a_fact": messages.asks_for_a_fact,
    "messages.is_greeting": messages.is_greeting,
    "messages.is_courtesy": messages.is_courtesy,
    "messages.without_signature": lambda text: messages.without_signature(text, "Vera Wang"),
    "messages.is_objection": messages.is_objection,
    "messages.asks_whether_ai": messages.asks_whether_ai,
    "phrases.asked": lambda text: phrases.phrases("asked").found_in(text, may_be_declined=True),
    "phrases.words": lambda text: phrases.words(["refund", "退款"]).found_in(text, may_be_declined=True),  # type: ignore[union-attr]
    "entities": lambda text: entities.entities(text, today=DAY),
    "urgency": urgency.is_urgent,
    "closeness.plain": closeness.plain,
    "closeness.overlap": lambda text: closeness.overlap(text, text[1:]),
    "closeness.objection": lambda text: closeness.objection(text, text[1:]),
    "understanding.terms": understood_terms.terms,
    "search.terms": search_terms.terms_of,
    "search.asked terms": search_terms.asked_terms,
    "search.normalised": search_terms.normalise,
    "lookups.is_written": lambda text: calls.is_written("TH-2041", text),
    "hours": lambda text: refused(lambda: business_hours.ranges_of(text)),
    "special days": lambda text: refused(lambda: business_hours.checked_holidays([text])),
    # what stands in documents
    "documents.invitations": lambda text: list(
        invitations.blocks(f"BEGIN:VEVENT\nSUMMARY:{text}\nEND:VEVENT")
    ),
    "documents.plausible_text": lambda text: plausible_text.is_plausible([text]),
    "documents.markdown": lambda text: list(markdown.blocks(text)),
    "documents.formulas": lambda text: formulas.latex(
        etree.fromstring(f"<math><mi>{escape(text)}</mi></math>")
    ),
    "documents.second_reading": lambda text: second_reading.hold(
        {"runs": [["Tea costs 5 yuan"], [text[:80]]]}, text
    ),
    "documents.number_format": number_formats.number_format,
    "documents.html": lambda text: list(markup.html_blocks(f"<html><p>{text}</p></html>")),
    "documents.rows": read_rows,
    "passages.tables": lambda text: list(chunking.prose_and_tables(text)),
    "days_told": lambda text: reader.tells_of_asked_day(f"周四 {text}", text),
    "words_of_question": lambda text: reader.in_words_of(f"周四 8岁 七月 9:00 {text}", text),
    "passages.sentences": lambda text: chunking.sentences_of(Cut("", text)),
    # what a model answers, and what it answers from
    "sentences": sentences.sentences,
    "sentences.clauses": sentences.clauses,
    "sentences.without_citations": sentences.without_citations,
    "sentences.before_repetition": sentences.before_repetition,
    "figures.read": figures.read,
    "figures.canonical": figures.canonical,
    "wording.of": wording.Wording.of,
    "wording.is_negated": wording.is_negated,
    "grounding.check": lambda text: grounding.check(text, [text[1:], "Tea is 5 euros."], question=text),
    "grounding.is_faithful": lambda text: grounding.is_faithful(text, text[1:]),
    "checked_answer": lambda text: citation_check.checked_answer(text, [text[1:]], question=text),
    "without_sentence": lambda text: citation_check.without_sentence(text, "I could not find that."),
    "rewording": lambda text: rewording.changes(text, text[1:]),
    "growing_json": lambda text: GrowingText("answer").feed(text),
    "tagger": lambda text: Tagger(frozenset(["question"]))("question", text),
    "tokens.fit": lambda text: tokens.fit(text, 500),
    "changes": lambda text: changes.word_changes(text, text[1:]),
    "stripped": copilot_rewording.strip_wrapping,
    "judging": lambda text: grading.holds(grading.facts_of(text), text[:200]),
    "markdown_html": markdown_html.plainly_rendered,
    "pieces.plain": lambda text: pieces.plain(text, {1}),
    # mails and files
    "reply_text": reply_text.own_words,
    "cleaning": plain_text.clean,
    "mail_threads.subject": threads.plain_subject,
    "content": head,
    # what is said to a doctor
    "speech.as_written": chinese_text.as_written,
    "speech.read_aloud": chinese_reading.in_words,
    "speech.repeats": sentences.repeats_itself,
    "transcript": lambda text: transcript(text).to_dict(),
    "clauses": lambda text: clauses.split_clauses(transcript(text)),
    "note_selection.units": lambda text: note_selection.split_units(transcript(text)),
    "chosen": lambda text: note_selection.find_candidates(transcript(text), None),
    "quantities": quantities.quantities,
    "quantities.problems": lambda text: quantities.problems(text, text[1:]),
    "numbers_en": number_words_en.with_figures,
    "drugs": lambda text: drugs.built_in().problems(text, text[1:]),
    "sides": laterality.find_sides,
    "terms": terms.terms,
    "terms.findings": terms.finding_terms,
    "terms.coverage": lambda text: terms.coverage(text, text[1:]),
    "terms.alignment": lambda text: terms.alignment("pain in the left knee", text),
    "mentions": Lexicon(general_terms()).mentions,
    "cue_scopes.zh": lambda text: list(cue_scopes.find_scopes(text, (5, 9), "zh")),
    "cue_scopes.en": lambda text: list(cue_scopes.find_scopes(text, (5, 9), "en")),
    "assertion": lambda text: assertion.find_assertion_in_text(text, 5, 9),
    "experiencer.zh": lambda text: experiencer.find_experiencer(text, (5, 9), "zh"),
    "experiencer.en": lambda text: experiencer.find_experiencer(text, (5, 9), "en"),
    "replies.zh": lambda text: (replies.is_question(text, "zh"), replies.find_polarity(text, "zh")),
    "replies.en": lambda text: (replies.is_question(text, "en"), replies.find_polarity(text, "en")),
    "replies.taken_up": lambda text: replies.find_repetition("headache", text, "en"),
    "speakers": lambda text: speakers.guess_speakers(transcript(text)),
    "sections.zh": lambda text: note_sections.find_section(text, "doctor", in_chinese=True),
    "sections.en": lambda text: note_sections.find_section(text, "doctor", in_chinese=False),
    "sections.note": note_sections.note_sections,
    "sections.plan": note_sections.plan_part,
    "answers_en": lambda text: (answers_en.read_answer(text), answers_en.is_small_talk(text)),
    "answers_en.beyond": answers_en.strip_answer,
    "answers_en.answered": lambda text: answers_en.state_answer(text, True, grammar_en.find_person("she")),
    "answers_en.topic": answers_en.open_question_topic,
    "answers_zh.allergies": lambda text: answers_zh.deny_told_allergies(text, text),
    "answers_zh.of_question": lambda text: (
        answers_zh.with_object(text, text),
        answers_zh.denied_object(text, text),
        answers_zh.question_label(text),
    ),
    "own_denials_en": lambda text: own_denials_en.own_denial(text, "allergies"),
    "pro_forms_en": lambda text: (
        pro_forms_en.takes_up_asked(text),
        pro_forms_en.moment_asked_of(text),
    ),
    "phrasing_en": lambda text: text_normalisation_en.history_phrase(
        text, grammar_en.find_person("she"), "patient"
    ),
    "phrasing_en.reason": text_normalisation_en.visit_reason,
    "phrasing_zh": lambda text: text_normalisation_zh.history_phrase(text, by_patient=True),
    "phrasing_zh.answer": lambda text: (
        text_normalisation_zh.read_answer(text),
        text_normalisation_zh.strip_answer(text),
    ),
    "phrasing_zh.answered": lambda text: text_normalisation_zh.state_answer(text, True),
    "phrasing_zh.reason": text_normalisation_zh.visit_reason,
    "grounding.source": lambda text: sources.find_source(transcript(text), "pain in the left knee"),
    "grounding.lines": lambda text: sources.find_lines(transcript(text), text[:200]),
    "corrections": lambda text: corrections.find_corrections(text, text[1:]),
    "warnings": lambda text: warnings.find_next_patient(transcript(text)),
    "patient_kin": lambda text: patient_kin.with_patient_named(
        ClinicalTranscript((Utterance("relative", f"我妈{text}"),))
    ),
    "patient_change": lambda text: patient_change.find_patient_change(transcript(text)),
    "vitals": vitals.vital_signs,
    "vitals.earlier": vitals.tells_of_earlier,
    "diagnoses": lambda text: draft_statements.split_by_doubt(text, assertion.find_assertion),
    "self_corrections": self_corrections.find_self_corrections,
    "source_comparison": lambda text: source_comparison.meaning_problems(
        stated(text), transcript(text), drugs.built_in()
    ),
    "coding.folded": coding_wording.fold,
    "coding.parts": coding_wording.parts,
    "coding.expanded": coding_wording.expand,
    "export.without_denial": labels.without_denial,
    "export.cleaned": document.printable,
    "export.medicine": lambda text: (
        fhir_terms.ended_use(text, is_ordered=False),
        fhir_terms.ended_use(text, is_ordered=True),
    ),
    "export.relative": lambda text: (fhir_terms.relationship(text), fhir_terms.no_known_allergy(text)),
    "deidentification.zh": lambda text: Deidentifier(NAMED, "zh").text(text),
    "deidentification.en": lambda text: Deidentifier(NAMED, "en").text(text),
    "record_words": record_words.measurement,
    # what programs log
    "alert_lines.evidence": lambda text: alert_lines.line_evidence(text, "ERROR"),
    "alert_lines.shape": alert_lines.line_shape,
    # what marketing copy says
    "copy_checks": lambda text: check_copy(
        {"text": text, "title": text}, channels()["moments"], PRODUCT, others=[{"text": text[::-1]}]
    ),
    # what a dropped file begins with
    "recognition.media_type_of": lambda text: recognition.media_type_of(text.encode(), "a.txt"),
    "recognition.beginning": lambda text: recognition.beginning(text.encode("utf-16-le")),
    "tables.headings_of": tables.headings_of,
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
    for name in ("checked_answer", "rewording", "judging", "pieces.plain", "terms", "phrasing_zh", "vitals"):
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
    pieces = sampled(PIECES, 1 / 6)
    slow = [f"{piece!r}: {growth}" for piece in pieces if (growth := _growth(function, piece))]
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
