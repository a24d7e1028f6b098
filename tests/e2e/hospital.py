"""Run inside an installation: makes a small hospital with drafted records, prints how to reach it as JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402

from apps.accounts.models import Membership  # noqa: E402
from apps.core.models import new_id  # noqa: E402
from apps.medical_records.models import Catalogue, CatalogueEntry, Department, MedicalRecord  # noqa: E402
from apps.medical_records.patients import services as patients  # noqa: E402
from apps.speech.models import Recording  # noqa: E402
from tests.medical_records.papers import Paper, drafted_record, empty_record, en_paper, zh_paper  # noqa: E402
from tests.medical_records.people import member_of, patient_of  # noqa: E402

organisation = Membership.objects.get(role="owner").organisation
mark = str(new_id())[-8:]
ward = Department.objects.create(organisation=organisation, name=f"呼吸内科 {mark}")
doctor = member_of(organisation, f"Lin-{mark}", "clinician", ward)
resident = member_of(organisation, f"Chen-{mark}", "resident", ward)
wang = patient_of(doctor, number=f"P-{mark}")
patients.relate(doctor, wang, department=ward)
catalogue, _made = Catalogue.objects.get_or_create(
    organisation=organisation, system="icd10", is_current=True, defaults={"name": "ICD-10", "language": "zh"}
)
CatalogueEntry.objects.get_or_create(
    organisation=organisation, catalogue=catalogue, code="J15.902", name="社区获得性肺炎，非重症"
)


def record_of(paper: Paper) -> MedicalRecord:
    """With a recording whose sound was kept for shorter than its words."""
    record = drafted_record(resident, wang, paper, ward)
    record.encounter.recording = Recording.objects.create(
        organisation=organisation, title="consultation", received_at=timezone.now(), seconds=70
    )
    record.encounter.save()
    return record


made = {
    "doctor": doctor.member.user.email if doctor.member else "",
    "resident": resident.member.user.email if resident.member else "",
    "password": "correct-horse-battery",
    "zh": [str(record_of(zh_paper()).pk) for _number in range(3)],
    "en": [str(record_of(en_paper()).pk) for _number in range(3)],
    "empty": str(empty_record(resident, wang, zh_paper(), ward).pk),
}
sys.stdout.write(json.dumps(made) + "\n")
