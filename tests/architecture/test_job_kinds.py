"""A kind of job is one statement: what it costs, whose it is and who does it follow from that."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from apps.accounts.actors import Actor
from apps.core.errors import QuotaExceeded
from apps.jobs import job_types, services
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from tests.inference.used_up import use_up_requests

APPS = Path(__file__).resolve().parents[2] / "apps"
# What is done at once, and uploads, whose jobs follow when the last part is there.
ASKING = {"files/services.py", "inference/quotas.py", "knowledge/selectors.py"}


def kinds(*, is_free: bool) -> list[JobType]:
    """Those of the product."""
    return [
        kind
        for kind in job_types.all_kinds()
        if kind.is_free == is_free and not kind.desk.startswith("tests")
    ]


@pytest.mark.django_db
def test_nothing_that_costs_is_asked_for_once_the_requests_are_used_up(alice_actor: Actor) -> None:
    use_up_requests(alice_actor)
    accepted = []
    for kind in kinds(is_free=False):
        try:
            services.create_job(alice_actor, kind=kind, inputs={})
        except QuotaExceeded:
            continue
        accepted.append(kind.name)

    assert len(kinds(is_free=False)) > 15
    assert (accepted, Job.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_what_is_free_and_what_follows_from_admitted_work_goes_on(alice_actor: Actor) -> None:
    use_up_requests(alice_actor)
    for kind in kinds(is_free=True):
        services.create_job(alice_actor, kind=kind, inputs={})
    for kind in kinds(is_free=False):
        services.create_following_job(alice_actor, kind=kind, inputs={})

    assert Job.objects.count() == len(kinds(is_free=True)) + len(kinds(is_free=False))


def test_nobody_asks_the_quotas_beside_a_job() -> None:
    asking = {
        path.relative_to(APPS).as_posix()
        for path in APPS.rglob("*.py")
        if re.search(r"\bquotas\.admit\(|^def admit\(actor: Actor, \*", path.read_text(), re.MULTILINE)
    }

    assert asking == ASKING


def test_two_kinds_of_one_name_are_none() -> None:
    with pytest.raises(ValueError, match="two kinds"):
        replace(kinds(is_free=True)[0], label="Another one")
