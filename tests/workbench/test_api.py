"""Apps over the REST API."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from apps.accounts.actors import Actor
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun
from tests.conftest import ApiClient, api_client
from tests.workbench.conftest import INPUTS, REPLY, WISHES, Answers, published, worked

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/apps/reply/runs/"


def test_apps_tell_what_they_take_and_give(alice_api: ApiClient, reply_app: App) -> None:
    (app,) = alice_api.get("/api/v1/apps/").json()["results"]

    assert (app["name"], app["version"]) == ("reply", 1)
    assert app["inputs"]["properties"]["tone"] == {"type": "string", "enum": ["warm", "brief"]}
    assert app["inputs"]["required"] == ["mail", "tone"]
    assert app["outputs"]["properties"]["reply"]["type"] == "string"


def test_what_may_be_left_out_is_not_required(alice_api: ApiClient, alice_actor: Actor) -> None:
    columns = "{city: {type: text}, note: {type: text, optional: true}}"
    optional = f"{{type: table, columns: {columns}}}, why: {{type: text, optional: true}}"
    published(
        alice_actor,
        COUNT.replace("{type: table, columns: {city: {type: text}, total: {type: number}}}", optional),
    )
    (app,) = alice_api.get("/api/v1/apps/").json()["results"]

    assert app["inputs"]["required"] == ["rows"]
    assert app["inputs"]["properties"]["rows"]["items"]["required"] == ["city"]
    answer = alice_api.post_json("/api/v1/apps/count/runs/", {"inputs": {"rows": [{"city": "Rome"}]}})
    assert answer.status_code == 202


def test_a_draft_has_no_version_yet(alice_api: ApiClient, alice_actor: Actor) -> None:
    services.create_app(alice_actor, text=REPLY)
    (app,) = alice_api.get("/api/v1/apps/").json()["results"]

    assert (app["name"], app["version"], app["inputs"]) == ("reply", None, {})
    assert alice_api.post_json(RUNS, {"inputs": INPUTS}).status_code == 404


def test_runs_of_an_app_that_nobody_made_are_not_found(alice_api: ApiClient, reply_app: App) -> None:
    assert alice_api.get(RUNS).json()["results"] == []
    assert alice_api.get("/api/v1/apps/replay/runs/").status_code == 404


def test_a_run_is_started_and_read(alice_api: ApiClient, answers: Answers, reply_app: App) -> None:
    answers(WISHES, "On their way.")
    started = alice_api.post_json(RUNS, {"inputs": INPUTS})
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    job = worked(AppRun.objects.get())
    assert job.queue == "batch", "people do not wait behind what a program asks for"

    run = alice_api.get(f"{RUNS}{started.json()['id']}/").json()

    assert (run["state"], run["outputs"]["reply"]) == ("succeeded", "On their way.")
    assert run["events"] == f"/api/v1/jobs/{run['job']}/events/"


@pytest.mark.django_db(transaction=True)
def test_one_answer_streams_a_run_from_its_start_to_its_outputs(
    alice_api: ApiClient, answers: Answers, reply_app: App
) -> None:
    answers(WISHES, "On their way.")
    body, key = {"inputs": INPUTS, "stream": True}, {"Idempotency-Key": "one"}
    answer = alice_api.post_json(RUNS, body, **key)
    assert (answer.status_code, answer["Content-Type"]) == (202, "text/event-stream")
    job = worked(AppRun.objects.get())
    assert job.queue == "interactive", "somebody follows it"

    told = streamed_events(answer)

    names = [name for name, _data in told]
    assert (names[0], names[-2:], told[0][1]["state"]) == ("run", ["done", "run"], "queued")
    assert told[0][1]["events"] == f"/api/v1/jobs/{job.pk}/events/"
    assert "queued" not in names, "a worker had it before anybody looked"
    assert "".join(data["text"] for name, data in told if name == "delta") == "On their way."
    assert told[-1][1]["outputs"]["reply"] == "On their way."
    again = alice_api.post_json(RUNS, body, **key)
    assert (again.status_code, again.json()["id"]) == (202, told[0][1]["id"])
    assert AppRun.objects.count() == 1


def streamed_events(answer: Any) -> list[tuple[str, Any]]:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    told = []
    for frame in async_to_sync(gathered)().decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
        if "event" in fields:
            told.append((fields["event"], json.loads(fields["data"])))
    return told


def test_inputs_that_do_not_fit_are_refused_by_name(alice_api: ApiClient, reply_app: App) -> None:
    answer = alice_api.post_json(RUNS, {"inputs": {"mail": "x", "tone": "rude"}})

    assert answer.status_code == 400
    assert "warm" in str(answer.json())


def test_one_idempotency_key_makes_one_run(alice_api: ApiClient, reply_app: App) -> None:
    for _attempt in range(2):
        answer = alice_api.post_json(RUNS, {"inputs": INPUTS}, **{"Idempotency-Key": "one"})
        assert answer.status_code == 202

    assert AppRun.objects.count() == 1


def test_an_address_that_lacks_its_slash_says_so(alice_api: ApiClient, reply_app: App) -> None:
    answer = alice_api.post_json(RUNS.removesuffix("/"), {"inputs": INPUTS})

    assert (answer.status_code, AppRun.objects.count()) == (404, 0)
    assert RUNS in answer.json()["error"]["message"]
    assert "slash" not in alice_api.get("/api/v1/nowhere").text


def test_a_key_for_running_apps_stops_its_own_run(alice_actor: Actor, reply_app: App) -> None:
    key = api_client(alice_actor, "workbench.use", "jobs.view")
    run = key.post_json(RUNS, {"inputs": INPUTS}).json()
    other = services.start_run(alice_actor, reply_app, inputs=INPUTS)

    stopped = key.post_json(f"{RUNS}{run['id']}/cancel/")

    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert key.post_json(f"{RUNS}{run['id']}/cancel/").json()["error"]["code"] == "job_is_over"
    assert key.post_json(f"{RUNS}{other.pk}/cancel/").status_code == 404, "a key has runs of its own"


def test_strangers_and_colleagues_see_no_run(
    alice_api: ApiClient, bob_api: ApiClient, alice_actor: Actor, colleague_actor: Actor, reply_app: App
) -> None:
    run = services.start_run(alice_actor, reply_app, inputs=INPUTS)

    assert bob_api.post_json(RUNS, {"inputs": INPUTS}).status_code == 404
    assert bob_api.get(f"{RUNS}{run.pk}/").status_code == 404
    # A key has runs of its own.
    assert alice_api.get(f"{RUNS}{run.pk}/").status_code == 404
    assert not selectors.run_list(colleague_actor).exists()


COUNT = """\
app: count
title: Count
inputs: {rows: {type: table, columns: {city: {type: text}, total: {type: number}}}}
steps: [{id: told, kind: write, text: "{% for each in inputs.rows %}{{ each.city }}{% endfor %}"}]
outputs: {text: {value: "{{ told.text }}"}}
"""


def test_what_does_not_fit_in_a_table_is_told_with_its_row(alice_api: ApiClient, alice_actor: Actor) -> None:
    published(alice_actor, COUNT)
    rows = [{"city": "Rome", "total": 1}, {"city": "Oslo"}]

    answer = alice_api.post_json("/api/v1/apps/count/runs/", {"inputs": {"rows": rows}})

    assert answer.json()["error"]["fields"] == {"rows": ["Row 2, total: “total” is missing. Add it."]}
