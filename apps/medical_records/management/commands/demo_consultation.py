from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.medical_records.capture import services as capture
from apps.medical_records.encounters.services import Intake
from apps.medical_records.models import Encounter, RecordTemplateVersion
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.services import register_patient
from apps.medical_records.record_templates.services import install_builtin
from config.env import PROJECT_ROOT

NAME, NUMBER = "王秀英（示例）", "DEMO-0001"
TEMPLATE = "zh_outpatient"
SAID = PROJECT_ROOT / "demo" / "consultation.zh.txt"


class Command(BaseCommand):
    help = "Registers a made-up patient in an organisation and has a record drafted from what was said."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--organisation", default="demo-tea-house", help="its short name")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where the platform answers")

    def handle(self, *args: Any, organisation: str, url: str, **options: Any) -> None:
        owners = Membership.objects.select_related("organisation", "user")
        actor = Actor.from_member(owners.get(organisation__slug=organisation, role=Membership.Role.OWNER))
        encounter = _earlier(actor) or _begun(actor)
        page = reverse("medical_records:record", args=[encounter.record.pk])
        self.stdout.write(f"A consultation is being written down: {url.rstrip('/')}{page}")


def _earlier(actor: Actor) -> Encounter | None:
    found = patients.patient_with_number(actor.organisation, NUMBER)
    return found.encounters.order_by("created_at").first() if found else None


def _begun(actor: Actor) -> Encounter:
    install_builtin(actor.organisation)
    versions = RecordTemplateVersion.objects.within(actor.organisation).filter(template__key=TEMPLATE)
    patient = register_patient(actor, name=NAME, number=NUMBER, sex="female", birth_date="1961-04-02")
    return capture.begin_encounter(
        actor,
        patient=patient,
        template_version=versions.latest("number"),
        intake=Intake(kind=Encounter.Kind.TYPED, text=SAID.read_text(encoding="utf-8")),
    )
