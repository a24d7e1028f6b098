"""What other systems are told: that a record was signed, and its ids. What it says, they fetch with their own key."""

from typing import Any

from django.dispatch import receiver

from apps.jobs import webhooks
from apps.medical_records.models import RecordVersion
from apps.medical_records.records.signals import record_signed

EVENT = "medical_record.signed"


@receiver(record_signed, dispatch_uid="tell_other_systems")
def tell_signed(version: RecordVersion, **_sent: Any) -> None:
    """In the transaction that signs, also for an amendment: nothing is told that did not happen."""
    record = version.record
    payload = {
        "type": EVENT,
        "timestamp": version.signed_at.isoformat() if version.signed_at else None,
        "data": {
            "record_id": str(record.pk),
            "version": version.number,
            "kind": version.kind,
            "encounter_id": str(record.encounter_id),
            "patient_id": str(record.patient_id),
            "fingerprint": version.fingerprint,
        },
    }
    webhooks.record_event(record.organisation_id, EVENT, payload, subject=f"medical_record:{record.pk}")
