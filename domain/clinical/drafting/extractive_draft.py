"""A record without a model: what was said, quoted where it belongs. Plain, and never invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.clinical.drafting.draft_statements import DraftContext, check_statement
from domain.clinical.drafting.note_sentences import without_question_marks
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.records.record import Span, Statement
from domain.clinical.records.template import TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from domain.clinical.word_lists import read, read_patterns
from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.wording import normalise

# A field of more quotes is no record any more but the transcript again.
_MAX_QUOTES = 6
_MIN_CHARACTERS, _MAX_REPLY_CHARACTERS = 4, 60
_FILE = Path(__file__).with_suffix(".toml")
_WORDS = read_patterns(_FILE, "words", flags=patterns.IGNORECASE)
_BY_DOCTOR = frozenset({"diagnoses", "plan"})


@dataclass(frozen=True, slots=True)
class _Quote:
    """A sentence, or a question with its answer."""

    text: str
    places: tuple[tuple[int, int], ...]
    speaker: Speaker


def quote_sentences(
    section: TemplateSection, field: TemplateField, context: DraftContext
) -> Iterator[Statement]:
    """Those that belong into the field; none where nothing was said."""
    if field.kind in ("vitals", "number", "choice", "date"):
        return
    fitting = [quote for quote in _quotable(context.transcript) if _fits(section, field, quote, context)]
    most = 1 if is_complaint(section, field) else _MAX_QUOTES
    for number, quote in enumerate(fitting[:most]):
        transcript = context.transcript
        spans = [
            Span(start=start, end=end, utterance=transcript.utterance_at(start))
            for start, end in quote.places
        ]
        statement = Statement(
            id=f"{section.key}-{field.key}-{number + 1}", text=quote.text, spans=spans, speaker=quote.speaker
        )
        checked = check_statement(statement, field, (), context)
        yield checked.model_copy(update={"text": without_question_marks(checked.text)})


def is_complaint(section: TemplateSection, field: TemplateField) -> bool:
    return section.key.startswith("chief") or field.key.startswith(("chief", "complaint"))


def _fits(section: TemplateSection, field: TemplateField, quote: _Quote, context: DraftContext) -> bool:
    if field.kind == "medications":
        is_plan = section.division == "assessment_and_plan"
        if _WORDS["allergy"].search(quote.text):
            return False
        return bool(context.drugs.mentions(quote.text)) and is_plan == (quote.speaker == "doctor")
    by_kind, by_key = read(_FILE)["by_kind"], read(_FILE)["by_key"]
    name = by_kind.get(field.kind) or next(
        (each for part, each in by_key.items() if part in field.key or part in section.key), ""
    )
    if name:
        by_doctor = field.kind in _BY_DOCTOR
        return bool(_WORDS[name].search(quote.text)) and (
            not by_doctor or quote.speaker in ("doctor", "unknown")
        )
    if section.division == "subjective":
        is_other = any(_WORDS[name].search(quote.text) for name in ("relative", "allergy", "test"))
        return quote.speaker != "doctor" and bool(finding_terms(quote.text)) and not is_other
    if section.division == "exam":
        return quote.speaker in ("doctor", "unknown") and bool(_WORDS["exam"].search(quote.text))
    return False


def _quotable(transcript: ClinicalTranscript) -> Iterator[_Quote]:
    """Sentences that state something; a question only together with the reply that follows it."""
    for number, utterance in enumerate(transcript.utterances):
        offset = transcript.starts[number]
        spoken_sentences = [each for each in sentences(utterance.text) if len(each.text) >= _MIN_CHARACTERS]
        for place, sentence in enumerate(spoken_sentences):
            start, end = offset + sentence.start, offset + sentence.end
            if not _WORDS["question"].search(normalise(sentence.text)):
                yield _Quote(sentence.text, ((start, end),), utterance.speaker)
            elif place == len(spoken_sentences) - 1 and (reply := _find_reply(transcript, number)):
                places = ((start, end), reply)
                text = f"{sentence.text} {transcript.text[reply[0] : reply[1]]}"
                yield _Quote(text, places, transcript.utterances[number + 1].speaker)


def _find_reply(transcript: ClinicalTranscript, number: int) -> tuple[int, int] | None:
    """The beginning of what the other one says next, where it does not say by itself what it is about."""
    if number + 1 >= len(transcript.utterances):
        return None
    following = transcript.utterances[number + 1]
    first = next(iter(sentences(following.text)), None)
    is_answer = first and following.speaker != transcript.utterances[number].speaker
    if first is None or not is_answer or finding_terms(first.text):
        return None
    offset = transcript.starts[number + 1]
    return (offset + first.start, offset + first.end) if len(first.text) <= _MAX_REPLY_CHARACTERS else None
