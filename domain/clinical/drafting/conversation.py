"""A whole consultation as the sentences of a record: nothing of it is left out for want of room."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from domain.clinical.dialogue.grammar_en import HE, SHE, find_person
from domain.clinical.dialogue.text_normalisation_zh import MAX_REASON_CHARACTERS
from domain.clinical.drafting import conversation_en, conversation_zh
from domain.clinical.drafting.narrative import chief_complaint
from domain.clinical.drafting.note_sentences import NoteSentence
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.grounding.vitals import tells_of_earlier
from domain.clinical.records.template import Sex
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_RHYTHM = patterns.compile(
    r"不?齐|有力|细[速弱]|\b(?:ir)?regular(?:ly)?\b|\b(?:thready|bounding)\b", patterns.IGNORECASE
)
_OF_ILLNESS = ("history_of_present_illness", "review_of_systems", "treatments", "general_state")
_OWNER = patterns.compile(r"^(?:His|Her|Their|The patient's) (?P<what>\w)")
_PERSONS = {"female": SHE, "male": HE}


def write_sentences(transcript: ClinicalTranscript, drugs: Drugs, sex: Sex = "") -> list[NoteSentence]:
    """In the order of the talk, the chief complaint first. `sex`: of the patient, where it is known."""
    if transcript.is_chinese:
        sentences = conversation_zh.write_sentences(transcript, drugs)
    else:
        person = _PERSONS[sex] if sex else find_person(transcript.text)
        sentences = conversation_en.write_sentences(transcript, drugs, person)
    written = list(_without_repeats(map(_place_signs, sentences)))
    return [*(chief_complaint(transcript) or _first_complaint(written, transcript)), *written]


def _first_complaint(written: Sequence[NoteSentence], transcript: ClinicalTranscript) -> list[NoteSentence]:
    """Where nobody says what a visit is for, the first finding of the history that no question names."""
    # Why somebody comes is told before what was and what is taken.
    for first in takewhile(lambda each: each.section in _OF_ILLNESS, written):
        before = first.spans[-1].utterance - 1
        asked = transcript.utterances[before].text if before >= 0 else ""
        is_told = first.section == "history_of_present_illness" and not finding_terms(asked)
        if is_told and finding_terms(first.text):
            return [replace(first, section="chief_complaint", text=_complaint_text(first))]
    return []


def _complaint_text(first: NoteSentence) -> str:
    text = _OWNER.sub(lambda owned: owned["what"].upper(), first.text)
    if is_chinese(text):
        clause = next((each for each in text.rstrip("。").split("，") if finding_terms(each)), "")
        # The clause that names it, where it tells how long, too, or all would be longer than a complaint is.
        is_enough = patterns.search(r"\d", clause) or len(text) > MAX_REASON_CHARACTERS
        text = f"{clause}。" if clause and is_enough else text
    return text


def _place_signs(sentence: NoteSentence) -> NoteSentence:
    """The field of vital signs has what was measured today, and nothing else.

    “血压上次150/95，今天138/88” tells of the time before, “pulse 96, irregular” how the pulse is.
    """
    if sentence.section != "vitals":
        return sentence
    if tells_of_earlier(sentence.text):
        return replace(sentence, section="history_of_present_illness", division="subjective")
    return replace(sentence, section="physical_exam") if _RHYTHM.search(sentence.text) else sentence


def _without_repeats(sentences: Iterable[NoteSentence]) -> Iterator[NoteSentence]:
    keys: set[tuple[str, str]] = set()
    for sentence in sentences:
        key = (sentence.section, sentence.text)
        if sentence.text and key not in keys:
            keys.add(key)
            yield sentence
