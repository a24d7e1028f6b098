"""A part of a record from a stretch of dialogue: its heading and its text, learnt from parts written before."""

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from llm_backend.clinical import answers_en
from llm_backend.clinical.linear import LinearModel
from llm_backend.clinical.narrative import NoteSentence, written_within
from llm_backend.clinical.sections import OF_KEY, ExcerptClassifier
from llm_backend.clinical.selection import Chosen, Unit, content_words, features, length, units
from llm_backend.clinical.transcript import ClinicalTranscript

KEPT, LEFT = "kept", "left"
ENOUGH = 0.2
# Short parts lose more by a missing fact than by a needless one.
ROOM = 1.4
OFTEN = 0.45
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

    `terse`: headings under which a text seldom begins with the patient. `denials`: how one reads when all was denied.
    """

    classifier: ExcerptClassifier
    selector: LinearModel | None
    lengths: Mapping[str, tuple[float, int]]
    terse: frozenset[str]
    denials: Mapping[str, str] = field(default_factory=dict)

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
            if sum(bool(_SUBJECT.match(row.text)) for row in some) < OFTEN * len(some)
        }
        return cls(classifier, _selector(rows), lengths, frozenset(terse), _denials(rows))

    def composed(self, transcript: ClinicalTranscript, heading: str, section: str) -> list[NoteSentence]:
        spoken = units(transcript)
        if usual := self.denials.get(_denied(spoken, heading)):
            spans = [piece.span(transcript) for unit in spoken for piece in unit.pieces]
            return [NoteSentence(usual, OF_KEY[section].division, section, spans, spoken[-1].speaker)]
        shares = [1.0] * len(spoken)
        if self.selector:
            kept = self.selector.labels.index(KEPT)
            rows = self.selector.shares(_features(transcript, heading))
            shares = [float(row[kept]) for row in rows]
        share, most = self.lengths.get(heading, (0.5, 40))
        room = min(most, round(ROOM * share * length(transcript.text)))
        candidates = [
            Chosen(unit, section, score, place)
            for place, (unit, score) in enumerate(zip(spoken, shares, strict=True))
        ]
        return written_within(transcript, candidates, max(4, room), is_terse=heading in self.terse)


_DENIAL = re.compile(
    r"(?:none|negative|noncontributory|unremarkable|no known (?:drug )?allergies)\.?", re.IGNORECASE
)


def _denials(rows: Sequence[Excerpt]) -> dict[str, str]:
    """How a part is usually written when everything that was asked was denied. Only words of denial are learnt."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        key = _denied(units(ClinicalTranscript.from_text(row.dialogue)), row.heading)
        if key:
            seen[key][row.text.strip()] += 1
    usual = {key: texts.most_common(1)[0] for key, texts in seen.items()}
    return {key: text for key, (text, count) in usual.items() if count > 1 and _DENIAL.fullmatch(text)}


def _denied(spoken: Sequence[Unit], heading: str) -> str:
    """Empty where anything but denials was said. A family and one's own habits may share a heading."""
    if not spoken or any(unit.is_yes is not False for unit in spoken):
        return ""
    if any(len(answers_en.beyond_the_answer(unit.pieces[-1].text).split()) > 5 for unit in spoken):
        return ""
    is_of_family = any("family" in unit.words or "families" in unit.words for unit in spoken)
    return f"{heading} family" if is_of_family else heading


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
