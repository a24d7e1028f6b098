"""A whole consultation as the sentences of a record: nothing of it is left out for want of room."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from domain.clinical.dialogue.grammar_en import HE, SHE, find_person
from domain.clinical.drafting import conversation_en, conversation_zh
from domain.clinical.drafting.narrative import chief_complaint
from domain.clinical.drafting.note_sentences import NoteSentence
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.vitals import tells_of_earlier
from domain.clinical.records.template import Sex
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

_RHYTHM = patterns.compile(
    r"不?齐|有力|细[速弱]|\b(?:ir)?regular(?:ly)?\b|\b(?:thready|bounding)\b", patterns.IGNORECASE
)
_PERSONS = {"female": SHE, "male": HE}


def write_sentences(transcript: ClinicalTranscript, drugs: Drugs, sex: Sex = "") -> list[NoteSentence]:
    """In the order of the talk, the chief complaint first. `sex`: of the patient, where it is known."""
    if transcript.is_chinese:
        sentences = conversation_zh.write_sentences(transcript, drugs)
    else:
        person = _PERSONS[sex] if sex else find_person(transcript.text)
        sentences = conversation_en.write_sentences(transcript, drugs, person)
    return [*chief_complaint(transcript), *_without_repeats(map(_place_signs, sentences))]


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
