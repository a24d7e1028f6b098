"""Requests to models leave as a file, from the list and over REST, with a line in the trail."""

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.inference.models import Endpoint, InferenceCall
from tests.conftest import ApiClient, api_client

pytestmark = pytest.mark.django_db
API = "/api/v1/inference/calls/export/"


@pytest.fixture
def calls(alice_actor: Actor, bob_actor: Actor) -> list[InferenceCall]:
    """Two models of alice's, the newest last, and one of a stranger."""
    endpoint = Endpoint.objects.create(
        organisation=alice_actor.organisation, name="Big one", purpose="chat", url="http://x", model="large"
    )
    made = []
    for model, fields in (
        ("large", {"endpoint": endpoint, "member": alice_actor.member, "cost": "0.00224"}),
        ("=small", {"status": "failed", "error_code": "model_refused_connection"}),
    ):
        values: dict[str, Any] = {"purpose": "chat", "status": "succeeded", "latency_ms": 900, **fields}
        made.append(
            InferenceCall.objects.create(organisation=alice_actor.organisation, model=model, **values)
        )
    InferenceCall.objects.create(organisation=bob_actor.organisation, purpose="chat", model="large")
    return made


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.getvalue().decode("utf-8-sig")


def test_the_list_leaves_as_people_read_it(calls: list[InferenceCall], alice_browser: Client) -> None:
    answer = alice_browser.get("/models/calls/export/?order=cost", headers={"Accept-Language": "en"})

    failed, large = csv.DictReader(io.StringIO(body(answer)))
    assert (large["Model"], large["Endpoint"], large["Started by"], large["Cost"]) == (
        "large", "Big one", "Alice", "0.002240",
    )  # fmt: skip
    assert (failed["Model"], failed["State"]) == ("'=small", "failed")
    assert failed["Error"].startswith("Cannot connect to the model.")
    page = alice_browser.get("/models/calls/?status=failed").text
    for file_type in ("xlsx", "jsonl"):
        assert f'href="/models/calls/export/?status=failed&amp;format={file_type}"' in page


def test_what_leaves_is_narrowed_as_the_list_and_told_in_the_trail(
    calls: list[InferenceCall], alice_browser: Client
) -> None:
    for file_type in ("jsonl", "xlsx"):
        answer = alice_browser.get(f"/models/calls/export/?model=large&purpose=chat&format={file_type}")
        assert answer.status_code == 200

    lines = AuditEntry.objects.filter(action="inference_calls.exported").order_by("sequence")
    filters = {"model": "large", "purpose": "chat"}
    assert [line.details for line in lines] == [
        {"file_type": file_type, "rows": 1, "filters": filters} for file_type in ("jsonl", "xlsx")
    ]


def test_a_program_gets_the_fields_of_the_api(calls: list[InferenceCall], alice_api: ApiClient) -> None:
    one = alice_api.get(f"/api/v1/inference/calls/{calls[0].pk}/").json()

    failed, large = map(json.loads, body(alice_api.get(API)).splitlines())

    assert (large.keys(), large["endpoint"], large["id"]) == (one.keys(), one["endpoint"], one["id"])
    assert failed["error_code"] == "model_refused_connection"
    [row] = csv.DictReader(io.StringIO(body(alice_api.get(f"{API}?type=csv&status=failed"))))
    assert row["id"] == failed["id"]
    newest = AuditEntry.objects.filter(action="inference_calls.exported").latest("sequence")
    assert newest.details == {"file_type": "csv", "rows": 1, "filters": {"status": ["failed"]}}


def test_a_file_needs_the_permission_and_a_type_that_there_is(
    calls: list[InferenceCall], alice_actor: Actor, alice_api: ApiClient
) -> None:
    assert api_client(alice_actor, "jobs.view").get(API).status_code == 403
    assert alice_api.get(f"{API}?type=pdf").status_code == 400
    assert not AuditEntry.objects.filter(action="inference_calls.exported").exists()
