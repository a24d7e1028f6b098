"""Organisations that measures work in, who acts in them, and jobs done as a worker does them."""

import io
from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.inference.models import ContractResult, Endpoint
from apps.jobs import runs
from apps.jobs.models import Job
from apps.log_analysis.sources import services as log_sources
from apps.log_analysis.sources.models import LogSource
from llm_backend.contract.results import CheckResult


class JobFailed(RuntimeError):
    pass


def owner(slug: str = "bench") -> Actor:
    members = Membership.objects.select_related("organisation", "user")
    return Actor.from_member(members.filter(role="owner", organisation__slug=slug).earliest("joined_at"))


def new_owner(slug: str, name: str = "") -> Actor:
    """Of an organisation that is made with them."""
    user = User.objects.create_user(f"{slug}@kongming.example", None)
    accounts.create_organisation(name=name or slug.capitalize(), slug=slug, owner=user)
    return owner(slug)


def evaluation_actor() -> Actor:
    """Made when it is first asked for."""
    is_known = User.objects.filter(email="eval@kongming.example").exists()
    return owner("eval") if is_known else new_owner("eval", "Evaluation")


def session_of(user: User) -> str:
    """Of a browser in which they are signed in."""
    browser = Client()
    browser.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def store_check(actor: Actor, endpoint: Endpoint, result: CheckResult) -> None:
    """As the capability check stores it: the product acts on it from now on."""
    of_model = {"model": endpoint.model, "provider": endpoint.provider}
    checks = [result.model_dump(mode="json")]
    ContractResult.objects.create(
        organisation=actor.organisation, endpoint=endpoint, checks=checks, **of_model
    )


def work_off(job_id: Any) -> Job:
    """Raises JobFailed."""
    runs.execute(str(job_id))
    job = Job.objects.get(pk=str(job_id))
    if job.state != Job.State.SUCCEEDED:
        raise JobFailed(f"{job.kind}: {job.error_code} {job.error_message}")
    return job


def read_log(actor: Actor, source: LogSource, name: str, content: bytes) -> None:
    """As a file that is uploaded and read by a worker."""
    file = log_sources.begin_file(actor, source, file_name=name, length=len(content))
    file = log_sources.append_part(actor, file, offset=0, content=io.BytesIO(content))
    runs.execute(str(file.job_id))
