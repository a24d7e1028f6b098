"""How a hospital prints, keeps and counts."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.medical_records.settings.models import MedicalPreferences

FIELDS = (
    "hospital_name",
    "letterhead",
    "minutes_by_hand",
    "signs_own_drafts",
    "emergency_hours",
    "audio_days",
    "record_years",
)


@transaction.atomic
def change_preferences(actor: Actor, *, changes: Mapping[str, Any]) -> MedicalPreferences:
    """`changes` by the names in FIELDS; what is not named stays. Raises InvalidInput per field."""
    MedicalPreferences.objects.get_or_create(organisation=actor.organisation)
    chosen = MedicalPreferences.objects.select_for_update().get(organisation=actor.organisation)
    changed = [name for name in FIELDS if name in changes and getattr(chosen, name) != changes[name]]
    for name in changed:
        setattr(chosen, name, changes[name])
    try:
        chosen.full_clean(exclude=["organisation"])
    except ValidationError as error:
        raise InvalidInput(
            fields={name: list(lines) for name, lines in error.message_dict.items()}
        ) from error
    chosen.save()
    audit.record(actor, action="medical_preferences.changed", target=chosen, details={"fields": changed})
    return chosen
