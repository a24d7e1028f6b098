"""A whole consultation as the sentences of a record: nothing of it is left out for want of room."""

from collections.abc import Iterable, Iterator

from clinical.dialogue.grammar_en import HE, SHE, person_of
from clinical.drafting import conversation_en, conversation_zh
from clinical.drafting.narrative import reason
from clinical.drafting.note_sentences import NoteSentence
from clinical.grounding.drugs import Drugs
from clinical.records.template import Sex
from clinical.transcripts.transcript import ClinicalTranscript

_PERSONS = {"female": SHE, "male": HE}


def written(transcript: ClinicalTranscript, drugs: Drugs, sex: Sex = "") -> list[NoteSentence]:
    """In the order of the talk, the chief complaint first. `sex`: of the patient, where it is known."""
    if transcript.is_chinese:
        sentences = conversation_zh.written(transcript, drugs)
    else:
        person = _PERSONS[sex] if sex else person_of(transcript.text)
        sentences = conversation_en.written(transcript, drugs, person)
    return [*reason(transcript), *_once(sentences)]


def _once(sentences: Iterable[NoteSentence]) -> Iterator[NoteSentence]:
    seen: set[tuple[str, str]] = set()
    for sentence in sentences:
        key = (sentence.section, sentence.text)
        if sentence.text and key not in seen:
            seen.add(key)
            yield sentence
