"""What the desk learns from apps below it."""

from typing import Any

from django.dispatch import receiver

from apps.medical_records.encounters import services as encounters
from apps.speech.models import Recording
from apps.speech.signals import transcript_stored


@receiver(transcript_stored)
def take_transcript(recording: Recording, **_: Any) -> None:
    encounters.take_transcript(recording)
