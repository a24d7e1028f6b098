"""Rows that the benchmarks need, made by the platform's own services."""

import time
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.customer_service import kinds
from apps.customer_service.models import Channel
from apps.inference import endpoints
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge import services as knowledge
from stack.layout import PROJECT_ROOT

INGEST_SECONDS = 60


def owner() -> Actor:
    return Actor.from_member(Membership.objects.select_related("organisation", "user").get(role="owner"))


def make_shop() -> tuple[str, str]:
    """The id of a channel with the demo's handbooks, and a key."""
    endpoints.ensure_default_endpoints()
    user = User.objects.create_user("bench@kongming.example", None)
    organisation = accounts.create_organisation(name="Bench", slug="bench", owner=user)
    token = accounts.create_api_key(owner(), name="bench", scopes=sorted(owner().permissions)).token
    _upload_handbooks()
    return str(Channel.objects.create(organisation=organisation, name="Bench").pk), token


def _upload_handbooks() -> None:
    collection = knowledge.create_collection(owner(), name="Handbook")
    for path in sorted((PROJECT_ROOT / "demo").glob("handbook.*.md")):
        content = cast("File[bytes]", ContentFile(path.read_bytes()))
        knowledge.upload_document(owner(), collection=collection, file=content, name=path.name)
    deadline = time.monotonic() + INGEST_SECONDS
    while Job.objects.active().exists():
        if time.monotonic() > deadline:
            raise RuntimeError("the handbooks were not read in time")
        time.sleep(0.1)


def idle_jobs(count: int) -> list[str]:
    """Jobs that never become due."""
    kind = kinds.ANSWER_MESSAGE
    made = [jobs.create_job(owner(), kind=kind, inputs={}) for _ in range(count)]
    Job.objects.filter(pk__in=[job.pk for job in made]).update(
        available_at=timezone.now() + timedelta(days=1)
    )
    return [str(job.pk) for job in made]


def make_staff(count: int) -> list[tuple[str, str]]:
    """Members who answer visitors: a key of each, and the session of a browser in which they are signed in."""
    organisation = owner().organisation
    staff = []
    for number in range(count):
        user = User.objects.create_user(f"agent{number}@kongming.example", None, name=f"Agent {number}")
        member = Membership.objects.create(organisation=organisation, user=user, role="agent")
        actor = Actor.from_member(Membership.objects.select_related("organisation", "user").get(pk=member.pk))
        token = accounts.create_api_key(actor, name=user.name, scopes=sorted(actor.permissions)).token
        browser = Client()
        browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        staff.append((token, browser.cookies[settings.SESSION_COOKIE_NAME].value))
    return staff
