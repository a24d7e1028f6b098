from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from apps.accounts.actors import Actor
from apps.jobs import subjects
from apps.jobs.subjects import JobRequest, Subject
from apps.medical_records import job_types
from apps.medical_records.coding.models import Catalogue
from apps.medical_records.records.models import MedicalRecord


def of_records(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """Names records by their template: the patient's name is sealed, and reading it belongs on the record's own page."""
    records = MedicalRecord.objects.within(actor.organisation).filter(
        pk__in={each.subject_id for each in asked if each.subject_id}
    )
    names = {str(pk): name for pk, name in records.values_list("pk", "template_version__template__name")}
    return {
        each.job_id: Subject(
            names[each.subject_id], reverse("medical_records:record", args=[each.subject_id])
        )
        for each in asked
        if each.subject_id in names
    }


of_catalogues = subjects.of_rows(
    Catalogue.objects.within,
    lambda row: Subject(row.name, reverse("medical_records:catalogue", args=[row.pk])),
    input_name="catalogue_id",
    permission="records.manage",
)

subjects.register(job_types.DRAFT_RECORD.name, resolver=of_records)
subjects.register(job_types.IMPORT_CATALOGUE.name, job_types.LEARN_CODES.name, resolver=of_catalogues)
