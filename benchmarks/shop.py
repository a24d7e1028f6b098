"""Rows that the benchmarks need, made by the platform's own services."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.jobs import kinds
from apps.jobs import services as jobs
from apps.jobs.models import Job


def owner() -> Actor:
    return Actor.from_member(Membership.objects.select_related("organisation", "user").get(role="owner"))


def make_shop() -> tuple[str, str]:
    """The id of a channel with a handbook, and a key."""
    user = User.objects.create_user("bench@kongming.example", None)
    accounts.create_organisation(name="Bench", slug="bench", owner=user)
    token = accounts.create_api_key(owner(), name="bench", scopes=sorted(owner().permissions)).token
    return str(_channel()), token


def _channel() -> str:
    raise NotImplementedError


def idle_jobs(count: int) -> list[str]:
    """Jobs that never become due."""
    kind = kinds.all_kinds()[0]
    made = [jobs.create_job(owner(), kind=kind, inputs={}) for _ in range(count)]
    Job.objects.filter(pk__in=[job.pk for job in made]).update(available_at=timezone.now() + timedelta(days=1))
    return [str(job.pk) for job in made]


def organisation() -> Organisation:
    return owner().organisation
