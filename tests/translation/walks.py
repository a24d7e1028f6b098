"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable
from typing import Any

from apps.translation import services
from apps.translation.models import Translation, TranslationMemoryEntry
from domain.text.translation import checks, documents, segments
from domain.text.translation.checks import Term
from domain.text.translation.segments import Pair

EN_DE = Pair("en", "de")
DOCUMENTS = "texts of the house, deleted by whoever had them translated"

ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "translation.services.delete_translation": (
        "translation.deleted",
        lambda h: services.delete_translation(h.actor, h.row(Translation)),
    ),
    "translation.services.delete_memory_entry": (
        "translation_memory.deleted",
        lambda h: services.delete_memory_entry(h.actor, h.row(TranslationMemoryEntry)),
    ),
}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "translation.checks": lambda text: checks.problems(text, text[1:], EN_DE, [Term("tea", "Tee")]),
    "translation.chinese_checks": lambda text: [
        checks.problems(text, text[1:], Pair(*pair), [Term("tea", "茶")])
        for pair in (("zh", "en"), ("en", "zh"))
    ],
    "translation.spans": lambda text: list(segments.text_spans(text)),
    "translation.sketch": segments.sketch,
    "translation.markdown": lambda text: documents.read(text.encode(), "md"),
    "translation.subtitles": lambda text: documents.read(text.encode(), "srt"),
}
EVALUATION = {
    "question_set": "en-de",
    "expected": {"reference": "Tee", "min_similarity": 40},
    "options": {},
}
WITHOUT_PERSONS = {
    "translation.Translation": DOCUMENTS,
    "translation.TranslationSegment": DOCUMENTS,
    "translation.TranslationMemoryEntry": "what was reviewed; each entry is deleted by itself",
    "translation.GlossaryTerm": "the house's own words",
}
