"""Incidents and channels, and a server that stands in for every chat program."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.log_analysis.alerting.models import AlertChannel
from apps.log_analysis.incidents.models import Incident
from tests.loopback_server import LoopbackServer, Reply, serving

MakeIncident = Callable[..., Incident]
MakeChannel = Callable[..., AlertChannel]
ACCEPTED = {
    "/wecom": {"errcode": 0, "errmsg": "ok"},
    "/dingtalk": {"errcode": 0, "errmsg": "ok"},
    "/feishu": {"code": 0, "msg": "success"},
}


@pytest.fixture
def receiver() -> Iterator[LoopbackServer]:
    replies = {"*": Reply(b"ok")} | {
        f"{path}?key=k": Reply(json.dumps(body).encode()) for path, body in ACCEPTED.items()
    }
    with serving(replies) as server:
        yield server


@pytest.fixture
def incident(alice_actor: Actor) -> MakeIncident:
    def make(**values: object) -> Incident:
        now = timezone.now()
        defaults: dict[str, object] = {
            "title": "java.lang.OutOfMemoryError of mallory@example.com",
            "severity": Incident.Severity.HIGH,
            "services": ["checkout"],
            "started_at": now - timedelta(minutes=3),
            "ended_at": now,
            "records_count": 41,
            "cause": "secret words of a record [1]",
        }
        return Incident.objects.create(organisation=alice_actor.organisation, **{**defaults, **values})

    return make


@pytest.fixture
def channel(alice_actor: Actor, receiver: LoopbackServer) -> MakeChannel:
    """Of a kind; its address is that of the server, with the kind as path. It was there before the incidents."""

    def make(kind: str = "webhook", **values: object) -> AlertChannel:
        defaults: dict[str, object] = {
            "name": kind,
            "address": f"{receiver.url}/{kind}?key=k",
            "time_zone": "Asia/Shanghai",
            "created_at": timezone.now() - timedelta(days=2),
        }
        values = {**defaults, **values}
        return AlertChannel.objects.create(organisation=alice_actor.organisation, kind=kind, **values)

    return make
