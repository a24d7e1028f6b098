"""A small hospital: Dr. Lin signs, Dr. Chen is a resident, Mrs. Wang is their patient."""

from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Clinician, Department, Patient


def member_of(
    organisation: Organisation, name: str, role: str, department: Department | None = None
) -> Actor:
    user = User.objects.create_user(f"{name.lower()}@hospital.example", "correct-horse-battery", name=name)
    member = Membership.objects.create(organisation=organisation, user=user, role=role)
    clinician = Clinician.objects.create(organisation=organisation, member=member)
    if department:
        clinician.departments.add(department)
    return Actor.from_member(member)


def patient_of(actor: Actor, name: str = "王秀英", number: str = "P-0001") -> Patient:
    return patients.register_patient(actor, name=name, number=number, sex="female", birth_date="1961-04-02")


def browser_of(actor: Actor) -> Client:
    """Signed in as the actor's member."""
    assert actor.member
    client = Client()
    client.force_login(actor.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
