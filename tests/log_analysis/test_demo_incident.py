"""The demo's incident: what a newcomer sees first, without a model and however often the demo is run."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.jobs.models import Job
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.incidents.services import EXPLAIN_INCIDENT
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.services import READ_FILE, READ_SOURCE
from apps.log_analysis.templates.models import LogTemplate
from domain.logs.store import Filters

pytestmark = pytest.mark.django_db


def run_demo() -> str:
    told = StringIO()
    call_command("demo_incident", "--organisation", "tea-house", "--wait", "0", stdout=told)
    return told.getvalue()


def read_as_workers_do() -> None:
    for job in Job.objects.filter(kind=READ_FILE.name):
        runs.execute(job.pk)
    for job in Job.objects.filter(kind=READ_SOURCE.name):
        runs.execute(job.pk)


@pytest.mark.slow
def test_a_newcomer_sees_an_incident_with_its_deploy_first(alice_actor: Actor) -> None:
    assert "Logs are being read" in run_demo()
    read_as_workers_do()

    told = run_demo()

    first = Incident.objects.ranked()[0]
    assert str(first.pk) in told
    assert {"checkout", "gateway"} <= set(first.services)
    assert "checkout 2.4.1" in first.cause
    assert not first.is_cause_from_model
    assert any("connection pool of 5" in each["text"] for each in first.citations)
    filters = Filters(organisation=str(alice_actor.organisation.pk), text="扣款已取消")
    assert log_reader().latest(filters, limit=1)
    assert LogTemplate.objects.filter(text__contains="placed by user").exists()


@pytest.mark.slow
def test_a_second_run_sends_nothing_and_asks_the_model_once(alice_actor: Actor) -> None:
    run_demo()
    read_as_workers_do()
    records = sum(LogSource.objects.values_list("records_count", flat=True))
    for _time in range(2):
        run_demo()

    assert (LogSource.objects.count(), ChangeMarker.objects.count()) == (6, 1)
    assert sum(LogSource.objects.values_list("records_count", flat=True)) == records
    assert Job.objects.filter(kind=EXPLAIN_INCIDENT.name).count() == 1


def test_without_the_shop_it_says_so() -> None:
    with pytest.raises(CommandError, match="no organisation nowhere"):
        call_command("demo_incident", "--organisation", "nowhere")
