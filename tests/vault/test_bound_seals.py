"""A sealed value opens in the column of the row that it was sealed for, and nowhere else."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.medical_records.patients.models import Patient
from apps.vault import rotation
from apps.vault.errors import KeyLost, SealBroken
from tests.architecture.instances import Belongings
from tests.medical_records.people import patient_of


@pytest.fixture
def patient(alice_actor: Actor) -> Patient:
    return patient_of(alice_actor)


@pytest.fixture
def other(alice_actor: Actor) -> Patient:
    return patient_of(alice_actor, name="李雷", number="P-0002")


def behind_our_back(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def stored(row: Any, column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return str(cursor.fetchone()[0])


def test_a_value_moved_to_another_row_does_not_open(patient: Patient, other: Patient) -> None:
    behind_our_back(
        "UPDATE medical_records_patient SET name = %s WHERE id = %s", stored(other, "name"), patient.pk
    )

    with pytest.raises(SealBroken):
        _ = Patient.objects.get(pk=patient.pk).name
    assert Patient.objects.get(pk=other.pk).name == "李雷"


def test_a_value_moved_to_another_column_does_not_open(patient: Patient) -> None:
    behind_our_back("UPDATE medical_records_patient SET notes = name")

    with pytest.raises(SealBroken):
        _ = Patient.objects.get().notes


def test_a_row_moved_to_another_organisation_does_not_open(patient: Patient, rival: Organisation) -> None:
    behind_our_back("UPDATE medical_records_patient SET organisation_id = %s", rival.pk)

    with pytest.raises(SealBroken):
        _ = Patient.objects.get().name


def test_what_is_no_seal_at_all_does_not_open(patient: Patient) -> None:
    for planted in ("Mallory", "", "TWFsbG9yeQ==", "王"):
        behind_our_back("UPDATE medical_records_patient SET name = %s", planted)
        with pytest.raises((SealBroken, KeyLost)):
            _ = Patient.objects.get().name


def test_sealed_columns_are_opened_with_their_row_alone(patient: Patient) -> None:
    """Lists of bare values show what the database holds."""
    [name] = Patient.objects.values_list("name", flat=True)

    assert name == stored(patient, "name")


def test_a_deferred_column_is_one_query_more(patient: Patient) -> None:
    found = Patient.objects.defer("name").get()

    with CaptureQueriesContext(connection) as queries:
        assert found.name == "王秀英"
    assert len(queries) == 1
    found.refresh_from_db(fields=["number"])
    assert found.number == "P-0001"


@pytest.mark.slow
def test_every_sealed_column_survives_saving_and_a_change_of_keys(
    tea_house: Organisation, alice_actor: Actor
) -> None:
    rows = Belongings(tea_house, alice_actor.member.user).everything()  # type: ignore[union-attr]
    columns = [(model, field.name) for model, field in rotation.sealed_columns()]
    before = {
        (row._meta.label, name): getattr(row, name)
        for row in rows
        for model, name in columns
        if type(row) is model
    }
    assert len(before) == len(columns)

    rotation.rotate(alice_actor, tea_house, lambda what, count: None)

    for row in rows:
        for _model, name in [each for each in columns if each[0] is type(row)]:
            fresh = type(row)._default_manager.get(pk=row.pk)
            assert getattr(fresh, name) == before[row._meta.label, name], (row._meta.label, name)
