from io import StringIO

from django.core.management import call_command

from apps.accounts.actors import Actor
from apps.jobs.models import Job
from apps.medical_records.models import MedicalRecord


def test_a_made_up_patient_is_seen_once(alice_actor: Actor) -> None:
    told = StringIO()
    for _time in range(2):
        call_command("demo_consultation", "--organisation", "tea-house", stdout=told)

    record = MedicalRecord.objects.get()
    assert str(record.pk) in told.getvalue()
    assert record.encounter.transcript.said.utterances[1].speaker == "patient"
    assert Job.objects.get().kind == "medical_records.draft_record"
