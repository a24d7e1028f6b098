"""Under which heading of a hospital's own a stretch of dialogue belongs, learnt from its past records."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.clinical.drafting.linear_model import LinearModel
from domain.clinical.records.note_sections import word_grams


@dataclass(frozen=True)
class ExcerptClassifier:
    model: LinearModel

    @classmethod
    def trained(cls, rows: Sequence[tuple[str, str]]) -> "ExcerptClassifier":
        """From (dialogue, heading). Headings that are seldom count as much as frequent ones."""
        examples = [excerpt_features(dialogue) for dialogue, _ in rows]
        return cls(
            LinearModel.trained(examples, [heading for _, heading in rows], strength=3, is_balanced=True)
        )

    def heading(self, dialogue: str) -> str:
        return self.model.label(excerpt_features(dialogue))


def excerpt_features(dialogue: str) -> list[str]:
    """Words, how it opens and ends, how long it is: a history is long, an allergy is not."""
    lines = [line for line in dialogue.splitlines() if line.strip()] or [""]
    length = len(dialogue.split()).bit_length()
    doctors = " ".join(line for line in lines if line.lower().startswith(("doctor", "医生")))
    others = " ".join(line for line in lines if not line.lower().startswith(("doctor", "医生")))
    return [
        *word_grams(dialogue),
        *word_grams(doctors, "doctor "),
        *word_grams(others, "other "),
        *word_grams(lines[0], "first "),
        *word_grams(lines[-1], "last "),
        *[f"length {length}", f"turns {len(lines).bit_length()}"] * 3,
    ]
