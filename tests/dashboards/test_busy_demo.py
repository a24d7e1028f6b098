"""`./kongming demo --busy` at a small size."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Organisation
from apps.analytics.periods import latest
from apps.analytics.reports import Scope, all_reports
from apps.dashboards.busy.traffic import Traffic
from apps.dashboards.rollups.selectors import call_hours, job_hours
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from tests.conftest import actor_in

DAYS = 3


def run(organisation: Organisation) -> str:
    output = StringIO()
    call_command("busy_demo", organisation=organisation.slug, days=DAYS, jobs=15, stdout=output)
    return output.getvalue()


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
