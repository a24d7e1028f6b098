"""What `bench dashboard` measures, over few rows: the measure itself must work, and its differences must be seen."""

import pytest
from django.test import Client

from apps.dashboards.rollups.models import CallDay, JobDay
from benchmarks import dashboard, dashboard_rows
from benchmarks.__main__ import MEASURES

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_every_page_and_endpoint_answers_from_figures_that_are_those_of_the_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, few in (("ORGANISATIONS", 2), ("MEMBERS", 3), ("KEYS", 2), ("MONTHS", 2)):
        monkeypatch.setattr(dashboard_rows, name, few)
    dashboard_rows.seed(jobs=240, calls=720, days=6)
    dashboard_rows.roll_up_all()
    people = dashboard_rows.sign_in()

    def get(path: str, cookie: str) -> int:
        return int(Client(headers={"Cookie": cookie}).get(path).status_code)

    addresses = {path: who for path, who in dashboard_rows.addresses().items() if "?" not in path}
    pages = dashboard.times(addresses, people, get, repeats=1, lengths=(366,))

    assert MEASURES["bench"]["dashboard"] == "benchmarks.dashboard"
    assert {path.partition("?")[0].split(" ")[0] for path in pages} >= {
        "/analytics/",
        "/analytics/models/",
        "/admin/analytics/jobs/",
        "/api/v1/analytics/models/series/",
    }
    assert dashboard_rows.difference() == 0

    JobDay.objects.filter(dimension="member").first().delete()  # type: ignore[union-attr]
    CallDay.objects.filter(dimension="tool", organisation__isnull=False).first().delete()  # type: ignore[union-attr]

    assert dashboard_rows.difference() >= 2
