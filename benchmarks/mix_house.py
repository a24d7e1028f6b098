"""The organisation in which `bench mix` happens, made by the platform's own services; and what was left of it."""

import time
from contextlib import suppress
from itertools import cycle
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs.models import Job, JobQuerySet
from apps.knowledge.models import Collection
from apps.log_analysis.sources.models import LogSource
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.templates.services import install_builtin
from apps.operations.demonstration.material import CONSULTATION
from apps.portal.navigation import ROOMS
from benchmarks.decide_experiment import DecideExperiment
from benchmarks.isolated import Shop
from benchmarks.mix import House
from benchmarks.organisations import owner, session_of
from benchmarks.shop import make_staff
from benchmarks.waiting import wait_until

TEMPLATE = "zh_outpatient"
PATIENCE_SECONDS = 180


def make_house(shop: Shop) -> tuple[House, str]:
    """With the session of a browser in which its owner is signed in."""
    actor = owner()
    install_builtin(actor.organisation)
    versions = RecordTemplateVersion.objects.within(actor.organisation).filter(template__key=TEMPLATE)
    source = LogSource.objects.create(
        organisation=actor.organisation, name="Services", kind=LogSource.Transport.HTTP
    )
    house = House(
        channel=shop.channel_id,
        collection=str(Collection.objects.within(actor.organisation).values_list("pk", flat=True)[0]),
        agent_token=make_staff(1)[0][0],
        source=str(source.pk),
        template=str(versions.latest("number").template_id),
        consultation=CONSULTATION.read_text(encoding="utf-8"),
        experiment=str(DecideExperiment.make(shop.token, people=0).experiment.pk),
        pages=cycle([page.url for room in ROOMS for page in room.pages]),
    )
    user = User.objects.get(memberships__role="owner", memberships__organisation=actor.organisation)
    return house, session_of(user)


def under_way() -> JobQuerySet:
    """Without those that did what there was and rest until more comes: readers of log sources, counters of events."""
    rests = Q(state=Job.State.QUEUED, attempt__gt=0, error_code="", available_at__gt=timezone.now())
    return Job.objects.active().exclude(rests)


def settle() -> dict[str, Any]:
    """Waits for what is under way; `stuck` did not come to an end. Failures by type and reason."""
    started = time.monotonic()
    with suppress(TimeoutError):
        wait_until("nothing is under way", lambda: not under_way().exists(), seconds=PATIENCE_SECONDS)
    seconds = time.monotonic() - started
    stuck = [f"{job.kind}: {job.state}, attempt {job.attempt}" for job in under_way()]
    failed = Job.objects.filter(state=Job.State.FAILED).values_list("kind", "error_code", "error_message")
    figures = {
        "stuck": len(stuck),
        "stuck_jobs": stuck[:10],
        "failed_jobs": len(failed),
        "failures": sorted({f"{kind}: {code} {message[:100]}" for kind, code, message in failed})[:10],
        "jobs": Job.objects.count(),
        "settled_after_s": round(seconds, 1),
    }
    connection.close()
    return figures
