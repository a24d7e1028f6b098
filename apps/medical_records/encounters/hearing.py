"""Playing the sound of an encounter, noted once for a while of listening."""

from django.core.cache import cache
from django.http import HttpResponseBase

from apps.accounts.actors import Actor
from apps.medical_records.encounters import selectors
from apps.medical_records.models import Encounter
from apps.medical_records.patients.services import note_access
from apps.speech import playback

# A player asks for many ranges of one sound.
LISTENING_SECONDS = 15 * 60


def sound_response(actor: Actor, encounter: Encounter, *, wanted: str | None) -> HttpResponseBase:
    """`wanted` is the Range header. Raises Conflict where nothing was recorded or while it is still being sent."""
    recording = selectors.recording_of(encounter)
    response = playback.sound_response(recording, wanted=wanted)
    if cache.add(f"heard:{actor.label}:{recording.pk}", 1, LISTENING_SECONDS):
        note_access(actor, encounter.patient, action="recording.heard", targets=[encounter.pk])
    return response
