"""A model that answers what a test says, and translations that ran through a worker's job."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.jobs.models import Job
from apps.translation import services
from apps.translation.models import Translation, TranslationSegment
from tests.scripted_engine_fixture import ScriptedEngine

Answers = Callable[..., None]
Translate = Callable[..., Translation]


@pytest.fixture
def answers(engine: ScriptedEngine) -> Answers:
    def script(*texts: str) -> None:
        engine.script(*({"text": text} for text in texts))

    return script


@pytest.fixture
def translate(alice_actor: Actor) -> Translate:
    """Of a text, or of a file by its name."""

    def run(text: str | bytes, name: str = "", pair: tuple[str, str] = ("en", "zh")) -> Translation:
        languages = {"source_language": pair[0], "target_language": pair[1]}
        if name:
            file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
            made = services.translate_document(alice_actor, file=file, name=name, **languages)
        else:
            made = services.translate_text(alice_actor, text=str(text), **languages)
        worked(made)
        return made

    return run


def worked(translation: Translation) -> Job:
    """What a worker does with the translation's job."""
    assert translation.job
    runs.execute(translation.job.pk)
    translation.job.refresh_from_db()
    return translation.job


def segments(translation: Translation) -> list[TranslationSegment]:
    return list(translation.segments.order_by("ordinal"))
