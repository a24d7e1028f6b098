"""A record's sentences from what was said, each with the words it came from. No language model takes part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from llm_backend.clinical import phrasing_en, phrasing_zh
from llm_backend.clinical.grammar_en import Person, person_of
from llm_backend.clinical.record import Span
from llm_backend.clinical.sections import OF_KEY, SECTIONS
from llm_backend.clinical.selection import USUAL_SHARE, Chosen, NoteModel, Unit, chosen, content_words, length
from llm_backend.clinical.template import Division
from llm_backend.clinical.transcript import ClinicalTranscript, Speaker

# Below it a unit is small talk to the model; room in the record is no reason to write it down.
LEAST_SCORE = 0.15
SAME = 0.8


@dataclass(frozen=True)
class NoteSentence:
    """`spans`: all the words it was made of. `speaker`: who said what it states."""

    text: str
    division: Division
    section: str
    spans: list[Span]
    speaker: Speaker


def composed(transcript: ClinicalTranscript, model: NoteModel | None = None) -> list[NoteSentence]:
    """As many sentences as past notes usually have for so much talk, in the order of a record."""
    words = length(transcript.text)
    room = model.wanted(words) if model else max(20, round(USUAL_SHARE * words))
    return written_within(transcript, chosen(transcript, model), room)


def written_within(
    transcript: ClinicalTranscript, candidates: Sequence[Chosen], room: int, *, is_terse: bool = False
) -> list[NoteSentence]:
    """The most needed first, until `room` words are written. `is_terse`: without “the patient reports”."""
    write = _Writer(transcript, is_terse=is_terse)
    taken: list[tuple[int, NoteSentence]] = []
    seen: list[set[str]] = []
    for candidate in sorted(candidates, key=lambda each: -each.score):
        if candidate.score < LEAST_SCORE or room <= 0:
            break
        for sentence in write(candidate.unit, candidate.section):
            words = content_words(sentence.text)
            if not words or any(len(words & known) >= SAME * len(words) for known in seen):
                continue
            seen.append(words)
            taken.append((candidate.place, sentence))
            room -= length(sentence.text)
    order = {section.key: place for place, section in enumerate(SECTIONS)}
    taken.sort(key=lambda each: (order[each[1].section], each[0]))
    return _opened([sentence for _, sentence in taken], write)


class _Writer:
    """Writes units of one conversation."""

    def __init__(self, transcript: ClinicalTranscript, *, is_terse: bool) -> None:
        self.transcript = transcript
        self.is_terse = is_terse
        self.in_chinese = transcript.is_chinese
        self.person: Person = person_of(transcript.text)

    def __call__(self, unit: Unit, section: str) -> list[NoteSentence]:
        texts = self._chinese(unit) if self.in_chinese else self._english(unit, section)
        if self.is_terse and not self.in_chinese:
            texts = [phrasing_en.terse(text) for text in texts]
        spans = [piece.span(self.transcript) for piece in unit.pieces]
        division = OF_KEY[section].division
        return [
            NoteSentence(text, division, section, spans, unit.pieces[-1].speaker) for text in texts if text
        ]

    def _english(self, unit: Unit, section: str) -> list[str]:
        told = unit.pieces[-1].text
        phrase = self._phrase(section, by_patient=unit.speaker in ("patient", "relative"))
        if unit.question is None:
            return [phrasing_en.sentence(phrase(told))]
        if unit.is_yes is None:
            topic, answer = phrasing_en.topic(unit.question.text), phrase(told)
            return [phrasing_en.sentence(f"{topic}: {answer}" if topic and answer else answer)]
        stated = phrasing_en.answered(unit.question.text, unit.is_yes, self.person)
        rest = phrasing_en.beyond_the_answer(told)
        more = phrase(rest) if len(rest.split()) > 3 else ""
        return [phrasing_en.sentence(stated), phrasing_en.sentence(more)]

    def _phrase(self, section: str, *, by_patient: bool) -> Callable[[str], str]:
        if by_patient:
            return lambda text: phrasing_en.told(text, self.person, by_patient=True)
        if section in ("physical_exam", "vitals"):
            return phrasing_en.found
        if section == "results":
            return phrasing_en.shown
        if section in ("plan", "assessment"):
            return lambda text: phrasing_en.planned(text, self.person)
        return lambda text: phrasing_en.told(text, self.person, by_patient=False)

    def _chinese(self, unit: Unit) -> list[str]:
        by_patient = unit.speaker in ("patient", "relative")
        told = unit.pieces[-1].text
        if unit.question is None or unit.is_yes is None:
            return [phrasing_zh.sentence(phrasing_zh.told(told, by_patient=by_patient))]
        stated = phrasing_zh.answered(unit.question.text, unit.is_yes)
        rest = phrasing_zh.beyond_the_answer(told)
        more = phrasing_zh.told(rest, by_patient=by_patient)
        return [phrasing_zh.sentence(stated), phrasing_zh.sentence(more)]


def _opened(sentences: list[NoteSentence], write: _Writer) -> list[NoteSentence]:
    """A section's first pronoun has nothing to stand for: it becomes the patient."""
    if write.in_chinese:
        return sentences
    opened, section = [], ""
    for sentence in sentences:
        text = sentence.text
        if sentence.section != section and text.startswith(("She ", "He ")):
            text = f"The patient {text.split(' ', 1)[1]}"
        section = sentence.section
        opened.append(replace(sentence, text=text))
    return opened


def plain_note(sentences: Sequence[NoteSentence], *, in_chinese: bool) -> str:
    """With headings, a sentence a line."""
    lines: list[str] = []
    section = ""
    for sentence in sentences:
        if sentence.section != section:
            section = sentence.section
            lines.append(OF_KEY[section].title(in_chinese=in_chinese))
        lines.append(sentence.text)
    return "\n".join(lines)
