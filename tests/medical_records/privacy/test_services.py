from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, PermissionDenied
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Patient
from apps.medical_records.privacy import selectors, services
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.settings.models import MedicalPreferences
from apps.privacy import retention_rules
from apps.speech.models import Recording
from tests.architecture.instances import Belongings


@pytest.fixture
def signed(alice_actor: Actor, mrs_wang: Patient) -> RecordVersion:
    """A signed record of Mrs. Wang with its recording."""
    owned = Belongings(mrs_wang.organisation, alice_actor.member.user)  # type: ignore[union-attr]
    version = owned.one(RecordVersion)
    assert isinstance(version, RecordVersion)
    encounter, record = version.record.encounter, version.record
    Encounter.objects.filter(pk=encounter.pk).update(patient=mrs_wang, recording=owned.one(Recording))
    MedicalRecord.objects.filter(pk=record.pk).update(
        patient=mrs_wang, state=MedicalRecord.State.SIGNED, signed_at=timezone.now()
    )
    RecordVersion.objects.filter(pk=version.pk).update(
        kind="signed", signed_at=timezone.now(), fingerprint="f", signer_name="Lin"
    )
    return RecordVersion.objects.get(pk=version.pk)


def test_a_signed_version_is_neither_deleted_nor_changed(signed: RecordVersion) -> None:
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        signed.delete()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        RecordVersion.objects.filter(pk=signed.pk).update(signer_name="Somebody")


def test_erasing_a_patient_leaves_an_empty_row_and_the_trail(
    signed: RecordVersion, alice_actor: Actor, mrs_wang: Patient
) -> None:
    services.erase_patient(alice_actor, mrs_wang, reason="asked for by the patient")

    assert not RecordVersion.objects.exists()
    assert not Encounter.objects.exists()
    assert not Recording.objects.exists()
    left = Patient.objects.get(pk=mrs_wang.pk)
    assert (left.name, left.number, left.index_terms) == ("", "", [])
    assert AuditEntry.objects.get(action="patient.erased").target_id == str(mrs_wang.pk)
    assert audit.verify(mrs_wang.organisation) is None


def test_only_who_oversees_the_records_erases_and_says_why(
    alice_actor: Actor, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    with pytest.raises(PermissionDenied):
        services.erase_patient(doctor_lin, mrs_wang, reason="a good reason")
    with pytest.raises(InvalidInput):
        services.erase_patient(alice_actor, mrs_wang, reason=" ")


def test_the_number_of_an_erased_patient_is_free_again(
    alice_actor: Actor, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    services.erase_patient(alice_actor, mrs_wang, reason="registered by mistake")

    assert patients.register_patient(doctor_lin, name="李雷", number="P-0001").number == "P-0001"


def test_records_go_after_their_years_and_not_before(signed: RecordVersion, mrs_wang: Patient) -> None:
    Patient.objects.filter(pk=mrs_wang.pk).update(last_seen_at=timezone.now() - timedelta(days=29 * 366))
    retention_rules.erase_outdated()
    assert RecordVersion.objects.exists()

    Patient.objects.filter(pk=mrs_wang.pk).update(last_seen_at=timezone.now() - timedelta(days=31 * 366))
    retention_rules.erase_outdated()

    assert not RecordVersion.objects.exists()
    assert Patient.objects.get(pk=mrs_wang.pk).erased_at


def test_sound_goes_after_its_days_and_the_words_stay(signed: RecordVersion, mrs_wang: Patient) -> None:
    MedicalPreferences.objects.create(organisation=mrs_wang.organisation, audio_days=7)
    retention_rules.erase_outdated()
    assert Recording.objects.exists()

    MedicalRecord.objects.update(signed_at=timezone.now() - timedelta(days=8))
    retention_rules.erase_outdated()

    assert not Recording.objects.exists()
    assert RecordVersion.objects.get() == signed


def test_the_report_names_everybody_who_opened_a_patients_things(
    signed: RecordVersion, alice_actor: Actor, doctor_lin: Actor, mrs_wang: Patient
) -> None:
    other = patients.register_patient(doctor_lin, name="李雷", number="P-0002")
    patients.note_access(doctor_lin, mrs_wang, action="record.read", targets=[signed.record_id])
    patients.note_access(doctor_lin, other, action="record.read")
    audit.record(doctor_lin, action="record.signed", target=signed.record)

    report = selectors.accesses(alice_actor, mrs_wang)

    assert {(entry.action, entry.actor_name) for entry in report} >= {
        ("patient.registered", "Lin"),
        ("record.read", "Lin"),
        ("record.signed", "Lin"),
    }
    assert not report.filter(target_id=str(other.pk)).exists()


def test_nothing_of_an_erased_patient_is_left_in_any_table(
    signed: RecordVersion, alice_actor: Actor, mrs_wang: Patient
) -> None:
    services.erase_patient(alice_actor, mrs_wang, reason="asked for by the patient")

    with connection.cursor() as cursor:
        for model in (Encounter, MedicalRecord, RecordVersion):
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
            assert cursor.fetchone() == (0,)
