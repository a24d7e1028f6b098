from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.medical_records.patients import selectors, services
from apps.medical_records.patients.models import CareRelation, Department, Patient
from tests.medical_records.people import member_of


def test_who_registers_a_patient_treats_them_and_nobody_else_sees_them(
    mrs_wang: Patient, doctor_lin: Actor, resident_chen: Actor, bob_actor: Actor
) -> None:
    assert selectors.patient_of(doctor_lin, mrs_wang.pk) == mrs_wang
    for stranger in (resident_chen, bob_actor):
        with pytest.raises(NotFound):
            selectors.patient_of(stranger, mrs_wang.pk)


def test_a_department_treats_together(
    mrs_wang: Patient, doctor_lin: Actor, resident_chen: Actor, cardiology: Department
) -> None:
    services.relate(doctor_lin, mrs_wang, department=cardiology)

    assert selectors.patient_of(resident_chen, mrs_wang.pk) == mrs_wang


def test_a_relation_that_ended_opens_nothing(mrs_wang: Patient, doctor_lin: Actor) -> None:
    services.end_relation(doctor_lin, CareRelation.objects.get(patient=mrs_wang))

    assert not selectors.visible_patients(doctor_lin).exists()


def test_the_database_shows_neither_name_nor_number(mrs_wang: Patient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM medical_records_patient")
        stored = str(cursor.fetchall())

    assert "王秀英" not in stored
    assert "P-0001" not in stored
    assert Patient.objects.get().name == "王秀英"


def test_patients_are_found_by_the_beginning_of_name_or_number(mrs_wang: Patient, doctor_lin: Actor) -> None:
    for typed in ("王秀", "王 秀英", "p-00", ""):
        assert list(selectors.search_patients(doctor_lin, typed)) == [mrs_wang], typed
    for typed in ("王", "p", "李四"):
        assert not selectors.search_patients(doctor_lin, typed).exists(), typed


def test_part_of_a_name_of_several_is_found(doctor_lin: Actor) -> None:
    for name, number, typed in (
        ("阿依古丽·买买提", "P-0101", ("买买提", "阿依古丽买买提", "阿依古丽·买买提")),
        ("Anna Smith-Jones", "P-0102", ("jones", "smith-j")),
    ):
        patient = services.register_patient(doctor_lin, name=name, number=number)
        for words in typed:
            assert list(selectors.search_patients(doctor_lin, words)) == [patient], words


@pytest.mark.parametrize("birth_date", ["2026-13-45", "2999-01-01", "1980"])
def test_a_date_of_birth_is_a_day_that_was(doctor_lin: Actor, birth_date: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.register_patient(doctor_lin, name="王芳", number="P-0103", birth_date=birth_date)

    assert list(refused.value.fields) == ["birth_date"]


def test_of_two_who_register_one_number_at_once_one_is_told(
    mrs_wang: Patient, doctor_lin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the other one stores is seen only once it is committed.
    monkeypatch.setattr(selectors, "patient_with_number", lambda organisation, number: None)

    with pytest.raises(Conflict):
        services.register_patient(doctor_lin, name="Somebody", number=mrs_wang.number)


def test_a_number_is_given_once(mrs_wang: Patient, doctor_lin: Actor) -> None:
    with pytest.raises(Conflict, match="already"):
        services.register_patient(doctor_lin, name="Somebody", number="p-0001 ")


def test_a_patient_needs_name_and_number(doctor_lin: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.register_patient(doctor_lin, name=" ", number="")

    assert set(refused.value.fields) == {"name", "number"}


def test_an_emergency_opens_the_records_for_hours_and_is_on_the_trail(
    mrs_wang: Patient, tea_house: Organisation
) -> None:
    stranger = member_of(tea_house, "Sun", "clinician")

    with pytest.raises(InvalidInput):
        services.open_in_emergency(stranger, number="P-0001", reason="")
    services.open_in_emergency(stranger, number="P-0001", reason="unconscious in the emergency room")

    assert selectors.patient_of(stranger, mrs_wang.pk) == mrs_wang
    entry = AuditEntry.objects.get(action="patient.emergency_access")
    assert (entry.target_id, entry.actor_name) == (str(mrs_wang.pk), "Sun")
    CareRelation.objects.filter(member=stranger.member).update(until=timezone.now() - timedelta(minutes=1))
    assert not selectors.visible_patients(stranger).exists()
