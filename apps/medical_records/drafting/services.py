"""The model writes the draft of a record."""

from django.db import transaction

from apps.accounts.actors import Actor
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.medical_records import kinds
from apps.medical_records.models import MedicalRecord


@transaction.atomic
def queue_draft(actor: Actor, record: MedicalRecord) -> Job:
    record.job = jobs.create_job(
        actor,
        kind=kinds.DRAFT_RECORD,
        inputs={"record_id": str(record.pk)},
        subject=f"record:{record.pk}",
    )
    record.save(update_fields=["job", "updated_at"])
    return record.job
