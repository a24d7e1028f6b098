"""A part of a record from a stretch of dialogue: its heading and its text, learnt from parts written before."""

import re
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from llm_backend.clinical.linear import LinearModel
from llm_backend.clinical.narrative import NoteSentence, written_within
from llm_backend.clinical.sections import ExcerptClassifier
from llm_backend.clinical.selection import Chosen, content_words, features, length, units
from llm_backend.clinical.transcript import ClinicalTranscript

KEPT, LEFT = "kept", "left"
ENOUGH = 0.2
_SUBJECT = re.compile(r"^(?:(?:the|this) patient|he|she|patient)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Excerpt:
    """`dialogue` as labelled lines; `text`: what was written of it under `heading`."""

    dialogue: str
    heading: str
    text: str


@dataclass(frozen=True)
class ExcerptModel:
    """`lengths`: share of the words said, and most of them, that are usually written under a heading.

    `terse`: headings under which no sentence begins with the patient.
    """

    classifier: ExcerptClassifier
    selector: LinearModel | None
    lengths: Mapping[str, tuple[float, int]]
    terse: frozenset[str]

    @classmethod
    def trained(cls, rows: Sequence[Excerpt]) -> "ExcerptModel":
        classifier = ExcerptClassifier.trained([(row.dialogue, row.heading) for row in rows])
        of_heading: dict[str, list[Excerpt]] = defaultdict(list)
        for row in rows:
            of_heading[row.heading].append(row)
        lengths = {heading: _usual(some) for heading, some in of_heading.items()}
        terse = {
            heading
            for heading, some in of_heading.items()
            if sum(bool(_SUBJECT.match(row.text)) for row in some) < 0.3 * len(some)
        }
        return cls(classifier, _selector(rows), lengths, frozenset(terse))

    def composed(self, transcript: ClinicalTranscript, heading: str, section: str) -> list[NoteSentence]:
        spoken = units(transcript)
        shares = [1.0] * len(spoken)
        if self.selector:
            kept = self.selector.labels.index(KEPT)
            rows = self.selector.shares(_features(transcript, heading))
            shares = [float(row[kept]) for row in rows]
        share, most = self.lengths.get(heading, (0.5, 40))
        room = min(most, round(share * length(transcript.text)))
        candidates = [
            Chosen(unit, section, score, place)
            for place, (unit, score) in enumerate(zip(spoken, shares, strict=True))
        ]
        return written_within(transcript, candidates, max(4, room), is_terse=heading in self.terse)


def _usual(rows: Sequence[Excerpt]) -> tuple[float, int]:
    written = [length(row.text) for row in rows]
    share = statistics.median(length(row.text) / max(1, length(row.dialogue)) for row in rows)
    return share, max(written)


def _features(transcript: ClinicalTranscript, heading: str) -> list[list[str]]:
    found = features(units(transcript), in_chinese=transcript.is_chinese)
    return [
        [
            *each,
            *[f"heading {heading}"] * 2,
            *[f"{heading} {name}" for name in each if name.startswith(("kind", "cue"))],
        ]
        for each in found
    ]


def _selector(rows: Sequence[Excerpt]) -> LinearModel | None:
    examples: list[list[str]] = []
    labels: list[str] = []
    for row in rows:
        transcript = ClinicalTranscript.from_text(row.dialogue)
        wanted = content_words(row.text)
        examples.extend(_features(transcript, row.heading))
        for unit in units(transcript):
            words = content_words(unit.text)
            share = len(words & wanted) / len(words) if words else 0.0
            labels.append(KEPT if share >= ENOUGH else LEFT)
    return LinearModel.trained(examples, labels, strength=3) if len(set(labels)) == 2 else None
