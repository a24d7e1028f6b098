"""`./kongming demo --busy` at a small size."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils.html import escape

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.analytics.periods import latest
from apps.analytics.reports import Scope, all_reports
from apps.dashboards.busy.traffic import Traffic
from apps.dashboards.rollups.selectors import call_hours, job_hours
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.log_analysis.sources.models import LogSource
from apps.medical_records.patients.models import Patient
from apps.operations.queues.selectors import dead_letters, failed_lately
from tests.conftest import actor_in, browser_of
from tests.scripted_engine_fixture import ScriptedEngine

DAYS = 3


def run(organisation: Organisation) -> str:
    output = StringIO()
    call_command("busy_demo", organisation=organisation.slug, days=DAYS, jobs=15, stdout=output)
    return output.getvalue()


@pytest.mark.slow
def test_every_report_and_panel_has_something_to_show(tea_house: Organisation) -> None:
    told = run(tea_house)

    assert f"{DAYS} days" in told
    actor, empty = actor_in(tea_house), []
    for report in all_reports():
        scope = Scope(tea_house, latest(DAYS + 2, report.time_zone(tea_house)))
        results = report.load(scope)
        assert report.has_values(results), report.name
        empty += [
            f"{report.name}: {panel.title}"
            for panel in report.panels(scope, results, actor)
            if not getattr(panel, "has_values", True)
        ]
        totals = report.totals(scope)
        for counted, alone in ((results.now, totals.now), (results.before, totals.before)):
            numbers = [
                (metric.value(counted).number, metric.value(alone).number) for metric in report.metrics
            ]
            assert all(one == other for one, other in numbers), report.name
    # A line by week needs two of them.
    assert [each for each in empty if "by week" not in each] == []
    assert sum(job_hours(tea_house).values_list("jobs", flat=True)) == Job.objects.within(tea_house).count()
    assert sum(call_hours(tea_house).values_list("calls", flat=True)) == InferenceCall.objects.count()
    assert "already" in run(tea_house)
    # What has records says how many, and a name goes with its person.
    assert not LogSource.objects.within(tea_house).filter(records_count=0).exists()
    assert not LogSource.objects.within(tea_house).filter(last_record_at=None).exists()
    women = {each.name for each in Patient.objects.within(tea_house).filter(sex="female")}
    men = {each.name for each in Patient.objects.within(tea_house).filter(sex="male")}
    assert women
    assert men
    assert not [
        name for name in men if any(given in name for given in ("秀英", "丽华", "桂兰", "玉梅", "Mary"))
    ]
    assert not [name for name in women if any(given in name for given in ("建国", "志强", "晓明", "John"))]


@pytest.mark.slow
def test_dead_letters_say_why_and_are_done_when_somebody_runs_them_again(
    tea_house: Organisation, scripted_engine: ScriptedEngine, alice_actor: Actor
) -> None:
    collection = Collection.objects.create(organisation=tea_house, name="Handbook", language="en")
    Endpoint.objects.create(
        organisation=tea_house, name="e", purpose=Purpose.EMBEDDING, url=scripted_engine.url, model="scripted"
    )
    run(tea_house)
    operator = browser_of(User.objects.create_superuser("operator@kongming.example", "x"))

    page = operator.get("/admin/operations/dead-letters/", headers={"Accept-Language": "en"}).text
    groups = dead_letters()
    ids = list(failed_lately().values_list("pk", flat=True))

    assert sorted(group.kind for group in groups) == [
        "customer_service.cluster_unanswered",
        "customer_service.train_classifiers",
        "knowledge.reembed_collection",
    ]
    assert all(escape(group.message) in page and group.message for group in groups)
    for group in groups:
        address = "/admin/operations/dead-letters/retry/"
        operator.post(address, {"error_code": group.error_code, "kind": group.kind})
    assert dead_letters() == []
    for job in Job.objects.filter(pk__in=ids):
        assert job.state == Job.State.QUEUED
        runs.execute(job.pk)
    ended = Job.objects.filter(pk__in=ids)
    assert {(job.kind, job.state, job.error_code) for job in ended} == {
        (group.kind, Job.State.SUCCEEDED, "") for group in groups
    }
    assert ended.get(kind="knowledge.reembed_collection").subject == f"collection:{collection.pk}"


def test_the_same_seed_makes_the_same() -> None:
    def moments(seed: int) -> list[datetime]:
        until = datetime(2026, 3, 2, 15, tzinfo=UTC)
        return list(Traffic(Organisation(), [], [], 30, until, Random(seed)).moments(20))

    assert moments(1) == moments(1) != moments(2)
    assert max(moments(1)) < datetime(2026, 3, 2, 15, tzinfo=UTC)
    weekend = sum(each.weekday() >= 5 for each in moments(1))
    assert weekend < len(moments(1)) / 4


def test_rare_things_do_not_happen_once_on_every_day() -> None:
    until = datetime(2026, 3, 2, 15, tzinfo=UTC)
    moments = list(Traffic(Organisation(), [], [], 60, until, Random(1)).moments(0.7))

    days = Counter(each.date() for each in moments)
    assert 20 < len(moments) < 80
    assert len(days) < 60
    assert max(days.values()) > 1


def test_an_organisation_that_is_not_there_is_said(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("busy_demo", organisation="nowhere")
