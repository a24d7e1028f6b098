"""Said when the platform starts, not when a doctor waits for a draft."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from domain.clinical.drafting.few_shot_examples import FewShotExamples
from domain.clinical.drafting.note_selection import NoteModel


def learnt_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Files of the hospital's own that drafts are written with."""
    return [
        *_unreadable("NOTE_MODEL", settings.NOTE_MODEL, NoteModel.from_bytes),
        *_unreadable(
            "PAST_PARTS", settings.PAST_PARTS, lambda content: FewShotExamples.read(content.decode())
        ),
    ]


def _unreadable(name: str, path: str, read: Callable[[bytes], object]) -> list[CheckMessage]:
    if not path:
        return []
    try:
        read(Path(path).read_bytes())
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        hint = f"Name a file that the platform may read, or take {name} out of .env."
        return [Error(f"{name}={path} cannot be used: {error}", hint=hint, id="medical_records.E001")]
    return []
