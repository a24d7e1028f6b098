import csv
import json
from io import StringIO
from itertools import pairwise
from typing import Any

from django.test import Client

from apps.accounts.actors import Actor
from apps.audit import services
from apps.audit.models import AuditEntry
from tests.conftest import ApiClient, api_client


def downloaded(answer: Any) -> str:
    return answer.getvalue().decode()


def test_the_api_lists_the_newest_first_and_filters(alice_api: ApiClient, alice_actor: Actor) -> None:
    services.record(alice_actor, action="tests.first")
    services.record(alice_actor, action="tests.second")

    rows = alice_api.get("/api/v1/audit/?action=tests.").json()["results"]

    assert [row["action"] for row in rows] == ["tests.second", "tests.first"]


def test_the_trail_needs_its_permission(alice_actor: Actor) -> None:
    narrow = api_client(alice_actor, "jobs.view")

    assert narrow.get("/api/v1/audit/").status_code == 403
    assert narrow.get("/api/v1/audit/export/").status_code == 403


def test_an_export_in_json_lines_can_be_checked_elsewhere(alice_api: ApiClient, alice_actor: Actor) -> None:
    services.record(alice_actor, action="tests.done")

    lines = [json.loads(line) for line in downloaded(alice_api.get("/api/v1/audit/export/")).splitlines()]

    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert all(later["previous_hash"] == earlier["hash"] for earlier, later in pairwise(lines))


def test_an_export_in_csv_holds_no_formula(alice_browser: Client, alice_actor: Actor) -> None:
    alice_actor.member.user.name = "=HYPERLINK(0)"  # type: ignore[union-attr]
    services.record(alice_actor, action="tests.done")

    text = downloaded(alice_browser.get("/audit/export/csv/?action=tests.done"))

    [row] = csv.DictReader(StringIO(text))
    assert row["actor_name"] == "'=HYPERLINK(0)"


def test_exporting_leaves_a_line(alice_api: ApiClient) -> None:
    rows = downloaded(alice_api.get("/api/v1/audit/export/?type=csv&actor_name=alice")).splitlines()[1:]

    details = {"file_type": "csv", "rows": len(rows), "filters": {"actor_name": "…"}}
    assert AuditEntry.objects.get(action="audit.exported").details == details


def test_an_unknown_export_type_is_refused(alice_api: ApiClient) -> None:
    assert alice_api.get("/api/v1/audit/export/?type=pdf").status_code == 400


def test_the_api_verifies_the_chain(alice_api: ApiClient) -> None:
    told = alice_api.get("/api/v1/audit/verify/").json()

    assert told == {"is_intact": True, "first_broken": None, "first_unmet": None, "anchors": 0}


def test_the_page_shows_filters_and_verifies(alice_browser: Client, alice_actor: Actor) -> None:
    services.record(alice_actor, action="tests.done", details={"reason": "<b>why</b>"})

    page = alice_browser.get("/audit/?action=tests").content.decode()
    verified = alice_browser.post("/audit/verify/", follow=True)

    assert "Created the organisation" not in page.partition("<tbody>")[2]
    assert "<b>why</b>" not in page
    assert len(list(verified.context["messages"])) == 1


def test_the_trail_has_no_door_for_writing(alice_api: ApiClient, alice_actor: Actor) -> None:
    entry = services.record(alice_actor, action="tests.done")
    path = f"/api/v1/audit/{entry.pk}/"

    assert alice_api.get(path).status_code == 200
    assert alice_api.delete(path).status_code == 405
    assert alice_api.patch(path, {}, content_type="application/json").status_code == 405
