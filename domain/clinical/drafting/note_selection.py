"""Which parts of a conversation a record needs, and where: learnt from a hospital's past notes, or by cues."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from domain.clinical.dialogue import answers_en, text_normalisation_en, text_normalisation_zh
from domain.clinical.dialogue.clauses import Clause, split_clauses
from domain.clinical.dialogue.exchanges import is_dictation
from domain.clinical.dialogue.topic_segmentation_zh import split_by_topic
from domain.clinical.drafting.linear_model import LinearModel
from domain.clinical.records.note_sections import find_section, note_sections, word_grams
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns
from llm_backend.sentences import sentences

# The label of what no note keeps.
NOTHING = "none"
# In words: a longer reply tells something by itself and needs no question beside it.
MAX_ANSWER_WORDS = 7
# Without past notes: about what clinicians write of what is said.
USUAL_SHARE = 0.3


@dataclass(frozen=True)
class Unit:
    """What is said in one go: a clause, or a question with its answer.

    `is_yes`: the answer to a closed question; None where there is none.
    """

    clauses: tuple[Clause, ...]
    question: Clause | None = None
    is_yes: bool | None = None

    @property
    def text(self) -> str:
        return " ".join(clause.text for clause in self.clauses)

    @property
    def speaker(self) -> Speaker:
        return self.clauses[-1].speaker

    @property
    def words(self) -> list[str]:
        return [word for clause in self.clauses for word in clause.words]


# Words to the room's computer that only show something are no part of a visit.
COMMAND = patterns.compile(
    r"^(?:okay|so|and|[\s,.])*hey[\s,]*dragon[\s,]*(?!order|[\s,])", patterns.IGNORECASE
)


def split_units(transcript: ClinicalTranscript) -> list[Unit]:
    """A question alone says nothing: it is kept only with its answer."""
    units: list[Unit] = []
    waiting: Clause | None = None
    reads = text_normalisation_zh.read_answer if transcript.is_chinese else answers_en.read_answer
    clauses = split_clauses(transcript, by_sentence=is_dictation(transcript))
    for clause in split_by_topic(clauses) if transcript.is_chinese else clauses:
        if clause.is_question:
            waiting = clause
            continue
        if COMMAND.match(clause.text) or (waiting is None and answers_en.is_small_talk(clause.text)):
            continue
        question, waiting = waiting, None
        if question is None or question.speaker == clause.speaker != "unknown":
            units.append(Unit((clause,)))
            # "Any fever? Okay." asks on.
            continue
        is_yes = reads(clause.text)
        if (
            is_yes is None
            and content_words(clause.text)
            and content_words(clause.text) <= content_words(question.text)
        ):
            # "Every morning?" "Every morning."
            is_yes = True if not transcript.is_chinese else None
        is_short = len(clause.words) < MAX_ANSWER_WORDS
        if is_yes is None and not is_short:
            units.append(Unit((clause,)))
        else:
            units.append(Unit((question, clause), question, is_yes))
    return units


@dataclass(frozen=True)
class Candidate:
    unit: Unit
    section: str
    score: float
    place: int


class TooFewNotes(ValueError):
    """There is not enough to learn from."""


@dataclass(frozen=True)
class NoteModel:
    """`share`, `least`: how many words a note usually has, for how many were said."""

    places: LinearModel
    share: float
    least: float

    @classmethod
    def trained(cls, pairs: Sequence[tuple[str, str]]) -> "NoteModel":
        """From (dialogue, note). Raises TooFewNotes when nothing of the notes is found in the dialogues."""
        examples: list[list[str]] = []
        labels: list[str] = []
        dialogue_lengths, note_lengths = [], []
        for dialogue, note in pairs:
            transcript = ClinicalTranscript.from_text(dialogue)
            units = split_units(transcript)
            examples.extend(unit_features(units, in_chinese=transcript.is_chinese))
            labels.extend(align_to_note(units, note))
            dialogue_lengths.append(count_words(dialogue))
            note_lengths.append(count_words(note))
        if len(set(labels)) < 2:
            raise TooFewNotes("none of what the notes say is found in the dialogues: are the rows right?")
        if len(set(dialogue_lengths)) > 1:
            slope, least = np.polyfit(dialogue_lengths, note_lengths, 1)
        else:
            slope, least = note_lengths[0] / max(1, dialogue_lengths[0]), 0.0
        return cls(LinearModel.trained(examples, labels, strength=3), float(slope), float(least))

    def expected_words(self, words: int) -> int:
        return max(20, round(self.least + self.share * words))

    def to_bytes(self) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as parts:
            parts.writestr("length.json", json.dumps({"share": self.share, "least": self.least}))
            parts.writestr("places.npz", self.places.to_bytes())
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "NoteModel":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            lengths = json.loads(parts.read("length.json"))
            return cls(LinearModel.from_bytes(parts.read("places.npz")), lengths["share"], lengths["least"])


def find_candidates(transcript: ClinicalTranscript, model: NoteModel | None) -> list[Candidate]:
    """All units that some section could use, with how much a record needs them."""
    units = split_units(transcript)
    if model is None:
        return _candidates_by_cues(
            units, in_chinese=transcript.is_chinese, is_dictated=is_dictation(transcript)
        )
    shares = model.places.shares(unit_features(units, in_chinese=transcript.is_chinese))
    nothing = model.places.labels.index(NOTHING) if NOTHING in model.places.labels else -1
    candidates = []
    for place, (unit, row) in enumerate(zip(units, shares, strict=True)):
        score = 1.0 - (float(row[nothing]) if nothing >= 0 else 0.0)
        row = row.copy()
        row[nothing] = 0.0
        candidates.append(Candidate(unit, model.places.labels[int(row.argmax())], score, place))
    return candidates


def _candidates_by_cues(units: Sequence[Unit], *, in_chinese: bool, is_dictated: bool) -> list[Candidate]:
    """What is dictated and names no section goes on about the one before it."""
    candidates: list[Candidate] = []
    for place, unit in enumerate(units):
        section = unit.clauses[-1].topic or find_section(unit.text, unit.speaker, in_chinese=in_chinese)
        section = section or (candidates[-1].section if is_dictated and candidates else "")
        if section:
            # What carries figures, or answers a question, is what a record is asked for.
            score = 0.5 + 0.1 * any(each.isdigit() for each in unit.text) + 0.2 * (unit.is_yes is not None)
            candidates.append(Candidate(unit, section, score + 0.01 * min(20, len(unit.words)), place))
    return candidates


def unit_features(units: Sequence[Unit], *, in_chinese: bool) -> list[list[str]]:
    cues = [find_section(unit.text, unit.speaker, in_chinese=in_chinese) or NOTHING for unit in units]
    rows = []
    for place, unit in enumerate(units):
        around = [(-2, "b2"), (-1, "b1"), (1, "a1"), (2, "a2")]
        near = [(mark, place + step) for step, mark in around if 0 <= place + step < len(units)]
        kind = "closed" if unit.is_yes is not None else "open" if unit.question else "told"
        rows.append(
            [
                *word_grams(unit.text),
                *word_grams(unit.text, f"{unit.speaker} ", longest=1),
                *[
                    gram
                    for mark, other in near
                    for gram in word_grams(units[other].text, f"{mark} ", longest=1)
                ],
                *[f"cue {mark} {cues[other]}" for mark, other in near],
                *[f"cue {cues[place]}"] * 2,
                f"kind {kind} {unit.is_yes}",
                *[f"at {10 * place // len(units)}"] * 2,
                f"from start {min(6, place)}",
                f"length {len(unit.words).bit_length()}",
            ]
        )
    return rows


_EMPTY_WORDS = """
the a an and or but of to in on for with at by from is are was were be been has have had do does did
not no he she his her him it its that this there they their i you your my me we our as so if then
than any also will would can should could patient reports states denies today now just okay going
get got like know think up about yes yeah
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


def content_words(text: str) -> set[str]:
    words = (gram for gram in word_grams(text_normalisation_en.tidy(text.lower()), longest=1))
    return {_stem(word) for word in words if word not in _EMPTY}


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word[: -len(ending)]
    return word


# Below it a sentence of the note says something else than the unit.
MIN_LIKENESS = 0.3


def align_to_note(units: Sequence[Unit], note: str) -> list[str]:
    """For each unit the section of the note's sentence that says the same, or that none does."""
    note_sentences = [
        (section, content_words(sentence.text))
        for section, line in note_sections(note)
        if section not in ("", "review_of_systems", "chief_complaint")
        for sentence in sentences(line)
    ]
    unit_words = [content_words(unit.text) for unit in units]
    texts = [*unit_words, *(words for _, words in note_sentences)]
    counts = Counter(word for words in texts for word in words)
    rarity = {word: log((1 + len(texts)) / count) for word, count in counts.items()}
    labels = []
    for words in unit_words:
        best, section = 0.0, NOTHING
        for name, sentence_words in note_sentences:
            likeness = _likeness(words, sentence_words, rarity)
            if likeness > best:
                best, section = likeness, name
        labels.append(section if best >= MIN_LIKENESS else NOTHING)
    return labels


def _likeness(one: Iterable[str], other: set[str], rarity: dict[str, float]) -> float:
    """Between 0 and 1: the share of what weighs in either that both have; one shared word is chance."""
    words = set(one)
    common = words & other
    if len(common) < 2:
        return 0.0
    weights = [sum(rarity[word] for word in some) for some in (common, words, other)]
    return 2 * weights[0] / (weights[1] + weights[2])


def count_words(text: str) -> int:
    return len(word_grams(text, longest=1))
