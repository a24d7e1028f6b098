"""The form of a template as it comes from the browser: sections and fields by their numbers."""

from collections.abc import Iterator, Sequence
from typing import get_args

from django.http import QueryDict

from apps.medical_records.templates.editor import (
    MAX_FIELDS,
    MAX_SECTIONS,
    WrittenField,
    WrittenSection,
    WrittenTemplate,
)
from domain.clinical.records.record import FieldKind
from domain.clinical.records.template import Division, Sex

MAX_CHARACTERS = {"name": 120, "title": 80, "hint": 300, "unit": 20, "specialty": 60, "note": 200, "key": 40}
MAX_CHOICES_CHARACTERS = 4000
LANGUAGES = ("zh", "en")


def parse_template(sent: QueryDict) -> WrittenTemplate:
    return WrittenTemplate(
        name=_line(sent, "name"),
        language=_choice(sent, "language", LANGUAGES, "zh"),
        specialty=_line(sent, "specialty"),
        note=_line(sent, "note"),
        includes=[key[: MAX_CHARACTERS["key"]] for key in sent.getlist("includes")][:10],
        sections=list(_sections(sent)),
    )


def _sections(sent: QueryDict) -> Iterator[WrittenSection]:
    # Numbers have no gaps: the editor writes the form anew with each answer.
    for number in range(MAX_SECTIONS):
        prefix = f"section-{number}-"
        if f"{prefix}title" not in sent:
            return
        yield WrittenSection(
            key=_line(sent, f"{prefix}key"),
            title=_line(sent, f"{prefix}title"),
            division=_choice(sent, f"{prefix}division", get_args(Division), "subjective"),
            fields=list(_fields(sent, prefix)),
        )


def _fields(sent: QueryDict, section: str) -> Iterator[WrittenField]:
    for number in range(MAX_FIELDS):
        prefix = f"{section}field-{number}-"
        if f"{prefix}title" not in sent:
            return
        yield WrittenField(
            key=_line(sent, f"{prefix}key"),
            title=_line(sent, f"{prefix}title"),
            kind=_choice(sent, f"{prefix}kind", get_args(FieldKind), "text"),
            hint=_line(sent, f"{prefix}hint"),
            unit=_line(sent, f"{prefix}unit"),
            sex=_choice(sent, f"{prefix}sex", get_args(Sex), ""),
            choices=sent.get(f"{prefix}choices", "")[:MAX_CHOICES_CHARACTERS],
            low=sent.get(f"{prefix}low", "")[:20],
            high=sent.get(f"{prefix}high", "")[:20],
            is_required=f"{prefix}required" in sent,
        )


def _line(sent: QueryDict, name: str) -> str:
    return sent.get(name, "")[: MAX_CHARACTERS[name.rsplit("-", 1)[-1]]]


def _choice(sent: QueryDict, name: str, allowed: Sequence[str], otherwise: str) -> str:
    chosen = sent.get(name, otherwise)
    return chosen if chosen in allowed else otherwise
