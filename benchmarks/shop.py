"""Rows that the benchmarks need, made by the platform's own services."""

from datetime import timedelta
from typing import cast

from django.core.files.base import ContentFile, File
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.services import ANSWER_MESSAGE
from apps.inference.models import Endpoint, Purpose
from apps.inference.selectors import READING
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge import services as knowledge
from apps.medical_records.encounters import services as capture
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients.services import register_patient
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.templates.services import install_builtin
from apps.operations.demonstration.material import HANDBOOKS
from benchmarks.organisations import new_owner, owner, session_of, store_check
from benchmarks.waiting import wait_until
from llm_backend.contract.results import CheckResult, Outcome

INGEST_SECONDS = 60
SCRIPTED_MODEL = "scripted"
TEMPLATE = "en_soap"


def make_shop(slug: str = "bench") -> tuple[str, str]:
    """The id of a channel with the demo's handbooks, and a key. Each slug is an organisation of its own."""
    token, actor = make_key(slug), owner(slug)
    for endpoint in Endpoint.objects.filter(purpose=Purpose.CHAT, model=SCRIPTED_MODEL):
        trust(endpoint, actor)
    _upload_handbooks(actor)
    channel = Channel.objects.create(organisation=actor.organisation, name=actor.organisation.name)
    return str(channel.pk), token


def trust(endpoint: Endpoint, actor: Actor) -> None:
    """As if its contract had been checked and it read reliably: what the scripted engine writes is shown."""
    store_check(actor, endpoint, CheckResult(name=READING, outcome=Outcome.PASSED, note=""))


def _upload_handbooks(actor: Actor) -> None:
    collection = knowledge.create_collection(actor, name="Handbook")
    for path in HANDBOOKS.values():
        content = cast("File[bytes]", ContentFile(path.read_bytes()))
        knowledge.upload_document(actor, collection=collection, file=content, name=path.name)
    wait_until("the handbooks are read", lambda: not Job.objects.active().exists(), seconds=INGEST_SECONDS)


def idle_jobs(count: int) -> list[str]:
    """Jobs that never become due."""
    ids = [jobs.create_job(owner(), kind=ANSWER_MESSAGE, inputs={}).pk for _ in range(count)]
    Job.objects.filter(pk__in=ids).update(available_at=timezone.now() + timedelta(days=1))
    return [str(job_id) for job_id in ids]


def make_staff(count: int) -> list[tuple[str, str]]:
    """Members who answer visitors: a key of each, and the session of a browser in which they are signed in."""
    organisation = owner().organisation
    staff = []
    for number in range(count):
        user = User.objects.create_user(f"agent{number}@kongming.example", None, name=f"Agent {number}")
        member = Membership.objects.create(organisation=organisation, user=user, role="agent")
        actor = Actor.from_member(Membership.objects.select_related("organisation", "user").get(pk=member.pk))
        # Only who manages keys hands them out.
        key = accounts.create_api_key(owner(), name=user.name, scopes=sorted(actor.permissions))
        staff.append((key.token, session_of(user)))
    return staff


def make_key(slug: str = "bench") -> str:
    """Of the owner of a new organisation."""
    actor = new_owner(slug)
    return accounts.create_api_key(actor, name="bench", scopes=sorted(actor.permissions)).token


def make_encounter() -> str:
    actor = owner()
    install_builtin(actor.organisation)
    version = RecordTemplateVersion.objects.within(actor.organisation).get(template__key=TEMPLATE, number=1)
    patient = register_patient(actor, name="Bench", number="1")
    encounter = capture.begin_encounter(
        actor, patient=patient, template_version=version, intake=Intake(has_consent=True)
    )
    return str(encounter.pk)
