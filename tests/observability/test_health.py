import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint, Purpose
from apps.jobs import job_types, services
from apps.observability import worker_heartbeat
from tests.conftest import ApiClient
from tests.loopback_server import Reply, serving
from tests.scripted_engine_fixture import ScriptedEngine

STORE = job_types.JobType("tests.healthy", queue="batch", label="Store")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def _engines(transactional_db: None, scripted_engine: ScriptedEngine) -> None:
    Endpoint.objects.all().delete()
    for purpose in (Purpose.CHAT, Purpose.EMBEDDING):
        Endpoint.objects.create(name=purpose, purpose=purpose, url=f"{scripted_engine.url}/v1", model="any")


@pytest.fixture
def _workers() -> None:
    worker_heartbeat.note_alive(job_types.used_queues())


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_alive_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}


@pytest.mark.usefixtures("_engines", "_workers")
def test_ready_when_every_part_answers(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200, answer.json()
    assert set(answer.json()["parts"]) == {"database", "redis", "queues", "engine", "embedding"}


@pytest.mark.usefixtures("_engines")
def test_a_queue_without_a_worker_is_not_ready(client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert "batch" in answer.json()["parts"]["queues"]["problem"]


@pytest.mark.usefixtures("_engines", "_workers")
def test_an_engine_that_is_down_is_not_ready(client: Client) -> None:
    Endpoint.objects.filter(purpose=Purpose.CHAT).update(url="http://127.0.0.1:9/v1")

    parts = client.get("/readyz").json()["parts"]

    assert not parts["engine"]["ready"]
    assert parts["embedding"]["ready"]


@pytest.mark.usefixtures("_engines", "_workers")
def test_another_endpoint_of_the_same_purpose_keeps_it_ready(
    client: Client, scripted_engine: ScriptedEngine
) -> None:
    Endpoint.objects.filter(purpose=Purpose.CHAT).update(url="http://127.0.0.1:9/v1")
    Endpoint.objects.create(
        name="spare", purpose=Purpose.CHAT, url=f"{scripted_engine.url}/v1", model="any", priority=200
    )

    assert client.get("/readyz").status_code == 200


@pytest.mark.usefixtures("_engines", "_workers")
def test_an_endpoint_is_asked_where_its_calls_go(client: Client) -> None:
    """Behind a gateway that knows no other path than that of the API."""
    with serving({"/v1/models": Reply(b"{}"), "*": Reply(status=503)}) as server:
        Endpoint.objects.filter(purpose=Purpose.CHAT).update(url=server.url)

        assert client.get("/readyz").json()["parts"]["engine"]["ready"]


FROM_OUTSIDE = {"REMOTE_ADDR": "203.0.113.5"}


@pytest.mark.usefixtures("_engines", "_workers")
def test_strangers_learn_only_the_verdict(client: Client) -> None:
    """The status is all that a cluster's probe reads."""
    ready = client.get("/readyz", **FROM_OUTSIDE)

    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert client.get("/metrics", **FROM_OUTSIDE).status_code == 401


@pytest.mark.django_db
def test_behind_a_proxy_this_machine_is_everybody(client: Client, settings: Any) -> None:
    for name in ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"):
        assert client.get("/metrics", headers={name: "203.0.113.5"}).status_code == 401
    settings.HAS_PROXY = True
    assert client.get("/metrics").status_code == 401


@pytest.mark.django_db
def test_the_operators_token_shows_metrics_and_no_organisations_key_does(
    alice_api: ApiClient, settings: Any
) -> None:
    def status(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return Client().get("/metrics", headers=headers, **FROM_OUTSIDE).status_code

    settings.METRICS_TOKEN = "of-the-operator"
    assert (status("of-the-operator"), status("of-somebody"), status("")) == (200, 401, 401)
    assert alice_api.get("/metrics", **FROM_OUTSIDE).status_code == 401

    settings.METRICS_TOKEN = ""
    assert status("") == 401


def test_metrics_count_jobs_queues_and_requests(client: Client, alice_actor: Actor) -> None:
    services.create_job(alice_actor, kind=STORE, inputs={})
    client.get("/healthz")

    text = client.get("/metrics").content.decode()

    assert 'kongming_jobs{queue="batch",state="queued"} 1.0' in text
    assert 'kongming_queue_consumed{queue="batch"} 0.0' in text
    assert 'kongming_http_requests_total{method="GET",route="healthz",status="200"}' in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.slow
def test_a_killed_worker_is_noticed() -> None:
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "ingest", "-P", "threads"]
    command += ["-c", "1", "-n", "killed@%h", "--without-gossip", "--without-mingle"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as worker:
        is_heard = eventually(lambda: not worker_heartbeat.silent_queues(["ingest"]), seconds=90)
        names = [row.name.partition("@")[0] for row in worker_heartbeat.workers() if row.queues == ["ingest"]]
        worker.send_signal(signal.SIGKILL)

    assert is_heard
    assert names == ["killed"]
    assert eventually(lambda: worker_heartbeat.silent_queues(["ingest"]) == ["ingest"], seconds=60)
