"""Who records whom in a measurement, made by the platform's own services."""

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.inference import endpoints
from apps.medical_records.encounters import services as capture
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients.services import register_patient
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.templates.services import install_builtin
from benchmarks.shop import owner

TEMPLATE = "en_soap"


def make_key() -> str:
    endpoints.ensure_default_endpoints()
    user = User.objects.create_user("bench@kongming.example", None)
    accounts.create_organisation(name="Bench", slug="bench", owner=user)
    return accounts.create_api_key(owner(), name="bench", scopes=sorted(owner().permissions)).token


def make_encounter() -> str:
    actor = owner()
    install_builtin(actor.organisation)
    version = RecordTemplateVersion.objects.within(actor.organisation).get(template__key=TEMPLATE, number=1)
    patient = register_patient(actor, name="Bench", number="1")
    encounter = capture.begin_encounter(
        actor, patient=patient, template_version=version, intake=Intake(has_consent=True)
    )
    return str(encounter.pk)
