"""A clinic to look at, beside the demo's shop: people of its own, one made-up patient, and a record drafted for her."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.medical_records.encounters import services as encounters
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients import departments
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.models import Department
from apps.medical_records.patients.resources import DEPARTMENTS
from apps.medical_records.patients.services import register_patient
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.templates.services import install_builtin
from apps.operations.demonstration.material import CONSULTATION
from apps.resources import services as resources

SLUG = "demo-clinic"
CLINIC, DEPARTMENT = "青禾诊所 Qinghe Clinic", "内科"
# Owns the shop as well, and goes from one to the other by the name of the organisation in the menu.
OWNER = "owner@demo.example"
PEOPLE = (
    ("doctor@demo.example", "林晓", "clinician", "主治医师"),
    ("resident@demo.example", "陈悦", "resident", "住院医师"),
)
NAME, NUMBER = "王秀英（示例）", "DEMO-0001"
TEMPLATE = "zh_outpatient"


class Command(BaseCommand):
    help = "Makes a demo clinic with a made-up patient and has a record drafted from what was said."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--organisation", default=SLUG, help="its short name, where there is one already")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the platform answers")

    def handle(self, *args: Any, organisation: str, url: str, **options: Any) -> None:
        clinic = Organisation.objects.filter(slug=organisation).first()
        if clinic is None and organisation == SLUG:
            password = secrets.token_urlsafe(12)
            clinic = _create_clinic(password)
            people = " or ".join(email for email, *_rest in PEOPLE)
            self.stdout.write(f"{CLINIC}: sign in as  {people}  with the password  {password}  (shown once)")
        if clinic is None:
            raise CommandError(f"There is no organisation {organisation}.")
        members = Membership.objects.within(clinic).select_related("organisation", "user")
        # Who sees patients there; the owner where nobody does.
        doctor = members.filter(role="clinician").first() or members.get(role="owner")
        actor = Actor.from_member(doctor)
        patient = patients.patient_with_number(clinic, NUMBER)
        encounter = patient.encounters.order_by("created_at").first() if patient else None
        encounter = encounter or _begin_consultation(actor)
        page = reverse("medical_records:record", args=[encounter.record.pk])
        self.stdout.write(f"A consultation becomes a record: {url.rstrip('/')}{page}")


@transaction.atomic
def _create_clinic(password: str) -> Organisation:
    """With the shop's owner, if there is a shop, and with people who treat patients."""
    owner = User.objects.filter(email=OWNER).first() or User.objects.create_user(OWNER, name="Demo")
    clinic = accounts.create_organisation(name=CLINIC, slug=SLUG, owner=owner)
    actor = Actor.from_member(Membership.objects.get(organisation=clinic, user=owner))
    department = resources.save(actor, DEPARTMENTS, {"name": DEPARTMENT})
    for email, name, role, title in PEOPLE:
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, password, name=name
        )
        member = Membership.objects.create(organisation=clinic, user=user, role=role)
        departments.save_clinician(actor, member_id=member.pk, departments=[department], title=title)
    return clinic


def _begin_consultation(actor: Actor) -> Encounter:
    install_builtin(actor.organisation)
    versions = RecordTemplateVersion.objects.within(actor.organisation).filter(template__key=TEMPLATE)
    department = Department.objects.within(actor.organisation).first()
    patient = register_patient(
        actor, name=NAME, number=NUMBER, department=department, sex="female", birth_date="1961-04-02"
    )
    return encounters.begin_encounter(
        actor,
        patient=patient,
        template_version=versions.latest("number"),
        intake=Intake(
            kind=Encounter.Kind.TYPED, department=department, text=CONSULTATION.read_text(encoding="utf-8")
        ),
    )
