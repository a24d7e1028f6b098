"""Words dictated into a field. The sound waits sealed in Redis until its job hears it, and the words go to who follows that
job, sealed too: neither is stored, and nobody else meets them.
"""

from functools import partial
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, own_rows, requires_permission
from apps.core.errors import Gone, TooLarge
from apps.core.models import new_id
from apps.inference import speech
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.speech import selectors
from apps.vault.encryption import seal, unseal
from llm_backend.speech.audio import Sound

# Ten minutes as browsers record speech.
MAX_BYTES = 5 * 1024 * 1024
# Whoever dictates waits: what is heard later is of no use any more.
KEPT_SECONDS = 600
UNSPACED_LANGUAGES = ("zh", "ja", "yue")

DICTATE = JobType(
    "speech.dictate",
    queue="voice",
    label=_("Transcribe what is dictated"),
    may_see=lambda actor: own_rows(actor) if actor.may("jobs.view") else None,
    # Of the words alone, which lie nowhere.
    subject=lambda _actor, _asked: {},
    is_sealed=True,
)


@requires_permission("jobs.view")
def begin_dictation(actor: Actor, sound: bytes) -> Job:
    """Raises TooLarge and QuotaExceeded."""
    if len(sound) > MAX_BYTES:
        raise TooLarge(details={"largest": MAX_BYTES})
    dictation = str(new_id())
    with transaction.atomic():
        job = jobs.create_job(actor, kind=DICTATE, inputs={"dictation_id": dictation})
        cache.set(_key(dictation), seal(actor.organisation.pk, sound, place=_key(dictation)), KEPT_SECONDS)
    return job


@DICTATE.service
def dictate(run: JobRun, *, dictation_id: UUID) -> dict[str, Any]:
    key = _key(dictation_id)
    sealed = cache.get(key)
    if sealed is None:
        raise Gone(_("It took too long to get to your words. Dictate them again."))
    sound = cast(Sound, partial(BytesIO, unseal(sealed, place=key)))
    preferences = selectors.speech_preferences(run.job.organisation)
    heard = speech.transcribe(
        run,
        sound,
        languages=preferences.languages,
        terms=preferences.terms,
        on_segment=lambda segment, progress: run.check(),
    )
    space = "" if heard.language in UNSPACED_LANGUAGES else " "
    run.text(space.join(segment.text.strip() for segment in heard.segments))
    cache.delete(key)
    return {"has_speech": heard.has_speech}


def _key(dictation: object) -> str:
    return f"dictation:{dictation}"
