import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.medical_records.models import Department, Patient
from tests.medical_records.drafting_fixtures import engine, record_of  # noqa: F401  (fixtures)
from tests.medical_records.people import member_of, patient_of


@pytest.fixture
def cardiology(tea_house: Organisation) -> Department:
    return Department.objects.create(organisation=tea_house, name="Cardiology")


@pytest.fixture
def doctor_lin(tea_house: Organisation, cardiology: Department) -> Actor:
    return member_of(tea_house, "Lin", "clinician", cardiology)


@pytest.fixture
def resident_chen(tea_house: Organisation, cardiology: Department) -> Actor:
    return member_of(tea_house, "Chen", "resident", cardiology)


@pytest.fixture
def mrs_wang(doctor_lin: Actor) -> Patient:
    return patient_of(doctor_lin)
