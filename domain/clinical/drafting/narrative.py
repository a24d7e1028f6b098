"""A record's sentences from what was said, each with the words it came from. No language model takes part."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.clinical.dialogue import answers_en, text_normalisation_en, text_normalisation_zh
from domain.clinical.dialogue.clauses import split_at_commas, split_clauses
from domain.clinical.dialogue.exchanges import is_dictation
from domain.clinical.dialogue.grammar_en import Person, find_person
from domain.clinical.drafting.note_selection import (
    USUAL_SHARE,
    Candidate,
    NoteModel,
    Unit,
    content_words,
    count_words,
    find_candidates,
)
from domain.clinical.drafting.note_sentences import NoteSentence
from domain.clinical.records.note_sections import SECTION_BY_KEY, SECTIONS
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker

# Below it a unit is small talk to the model; room in the record is no reason to write it down.
MIN_SCORE = 0.15
# Of the words of a sentence that another one has already.
SAME_SHARE = 0.8
# A short talk is all of it worth a line; Chinese is counted in characters.
MIN_ROOM, MIN_ROOM_ZH = 60, 400
USUAL_SHARE_ZH = 0.6
REASON_WITHIN_CLAUSES = 15


def compose_note(transcript: ClinicalTranscript, model: NoteModel | None = None) -> list[NoteSentence]:
    """As many sentences as past notes usually have for so much talk, in the order of a record; all of a dictation."""
    words = count_words(transcript.text)
    share, least = (USUAL_SHARE_ZH, MIN_ROOM_ZH) if transcript.is_chinese else (USUAL_SHARE, MIN_ROOM)
    share = 1.0 if is_dictation(transcript) else share
    room = model.expected_words(words) if model else max(least, round(share * words))
    return [
        *chief_complaint(transcript),
        *_write_within(transcript, find_candidates(transcript, model), room),
    ]


def chief_complaint(transcript: ClinicalTranscript) -> list[NoteSentence]:
    """The chief complaint, from where a visit's reason is first named."""
    names = (
        text_normalisation_zh.visit_reason if transcript.is_chinese else text_normalisation_en.visit_reason
    )
    for clause in split_clauses(transcript)[:REASON_WITHIN_CLAUSES]:
        is_asking = clause.is_question or (clause.speaker == "doctor" and transcript.is_chinese)
        if text := "" if is_asking else names(clause.text):
            # What the rest of the sentence denies (“左边不疼”) is not said of the complaint.
            parts = split_at_commas(clause.text) if transcript.is_chinese else ()
            places = [(start, end) for start, end in parts if names(clause.text[start:end]) == text]
            start, end = places[0] if places else (0, len(clause.text))
            named_in = replace(clause, start=clause.start + start, end=clause.start + end)
            spans = [(named_in if places else clause).span(transcript)]
            return [NoteSentence(text, "subjective", "chief_complaint", spans, clause.speaker)]
    return []


def _write_within(
    transcript: ClinicalTranscript, candidates: Sequence[Candidate], room: int
) -> list[NoteSentence]:
    """The most needed first, until `room` words are written."""
    write = _Writer(transcript)
    placed_sentences: list[tuple[int, NoteSentence]] = []
    contents: list[set[str]] = []
    # What is needed most is written first, so that room ends with what is needed least.
    for candidate in sorted(candidates, key=lambda each: -each.score):
        if candidate.score < MIN_SCORE or room <= 0:
            break
        for sentence in write(candidate.unit, candidate.section):
            words = content_words(sentence.text)
            # Said again in other words, it is written once.
            if not words or any(len(words & content) >= SAME_SHARE * len(words) for content in contents):
                continue
            contents.append(words)
            placed_sentences.append((candidate.place, sentence))
            room -= count_words(sentence.text)
    order = {section.key: place for place, section in enumerate(SECTIONS)}
    placed_sentences.sort(key=lambda each: (order[each[1].section], each[0]))
    return _open_sections([sentence for _, sentence in placed_sentences], write)


class _Writer:
    """Writes units of one conversation."""

    def __init__(self, transcript: ClinicalTranscript) -> None:
        self.transcript = transcript
        self.in_chinese = transcript.is_chinese
        self.person: Person = find_person(transcript.text)

    def __call__(self, unit: Unit, section: str) -> list[NoteSentence]:
        texts = self._chinese(unit) if self.in_chinese else self._english(unit, section)
        spans = [clause.span(self.transcript) for clause in unit.clauses]
        division = SECTION_BY_KEY[section].division
        return [
            NoteSentence(text, division, section, spans, unit.clauses[-1].speaker) for text in texts if text
        ]

    def begins_with_patient(self, sentence: NoteSentence) -> bool:
        """Not where the pronoun was said itself: it may mean a father or a wife."""
        pronoun = self.person.subject
        if self.in_chinese or not sentence.text.lower().startswith(f"{pronoun} ") or " " in pronoun:
            return False
        source_texts = (self.transcript.text[span.start : span.end].lower() for span in sentence.spans)
        return not any(pronoun in text.split() for text in source_texts)

    def _english(self, unit: Unit, section: str) -> list[str]:
        answer_text = unit.clauses[-1].text
        phrase = self._phrase(section, unit.speaker)
        if unit.question is None:
            return [text_normalisation_en.as_sentence(phrase(answer_text))]
        if unit.is_yes is None:
            topic, answer = answers_en.open_question_topic(unit.question.text), phrase(answer_text)
            return [text_normalisation_en.as_sentence(f"{topic}: {answer}" if topic and answer else answer)]
        sentence = answers_en.state_answer(unit.question.text, unit.is_yes, self.person)
        rest = answers_en.strip_answer(answer_text)
        more = phrase(rest) if len(rest.split()) > 2 else ""
        return [text_normalisation_en.as_sentence(sentence), text_normalisation_en.as_sentence(more)]

    def _phrase(self, section: str, speaker: Speaker) -> Callable[[str], str]:
        if speaker in ("patient", "relative"):
            return lambda text: text_normalisation_en.history_phrase(text, self.person, speaker)
        if section in ("physical_exam", "vitals"):
            return text_normalisation_en.finding_phrase
        if section == "results":
            return text_normalisation_en.result_phrase
        if section in ("plan", "assessment"):
            return lambda text: text_normalisation_en.order_phrase(text, self.person)
        return lambda text: text_normalisation_en.history_phrase(text, self.person, speaker)

    def _chinese(self, unit: Unit) -> list[str]:
        by_patient = unit.speaker in ("patient", "relative")
        answer_text = unit.clauses[-1].text
        if unit.question is None or unit.is_yes is None:
            return [
                text_normalisation_zh.as_sentence(
                    text_normalisation_zh.history_phrase(answer_text, by_patient=by_patient)
                )
            ]
        sentence = text_normalisation_zh.state_answer(unit.question.text, unit.is_yes)
        rest = text_normalisation_zh.strip_answer(answer_text)
        more = text_normalisation_zh.history_phrase(rest, by_patient=by_patient)
        return [text_normalisation_zh.as_sentence(sentence), text_normalisation_zh.as_sentence(more)]


def _open_sections(sentences: list[NoteSentence], write: _Writer) -> list[NoteSentence]:
    """A section's first pronoun has nothing to stand for: it becomes the patient."""
    opened_sentences, section = [], ""
    for sentence in sentences:
        if sentence.section != section and write.begins_with_patient(sentence):
            sentence = replace(sentence, text=f"The patient {sentence.text.split(' ', 1)[1]}")
        section = sentence.section
        opened_sentences.append(sentence)
    return opened_sentences


def plain_note(sentences: Sequence[NoteSentence], *, in_chinese: bool) -> str:
    """With headings, a sentence a line."""
    lines: list[str] = []
    section = ""
    for sentence in sentences:
        if sentence.section != section:
            section = sentence.section
            lines.append(SECTION_BY_KEY[section].title(in_chinese=in_chinese))
        lines.append(sentence.text)
    return "\n".join(lines)
