"""A shop's bad evening as rows: two services fail after a deploy, and nothing of it needs a log file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents import services
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate, TemplateCount

EVENING = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)

Anomalies = Callable[..., LogAnomaly]


def microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


@pytest.fixture(autouse=True)
def _english_house(alice_actor: Actor) -> None:
    alice_actor.organisation.output_language = "en"
    alice_actor.organisation.save(update_fields=["output_language"])


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    return LogSource.objects.create(organisation=alice_actor.organisation, name="shop.log")


@pytest.fixture
def anomaly(source: LogSource) -> Anomalies:
    """`at`: minutes after the evening began. Its one record has the anomaly's text."""

    def make(
        text: str = "pool exhausted", at: float = 0, service: str = "checkout", **changes: Any
    ) -> LogAnomaly:
        start = EVENING + timedelta(minutes=at)
        template, _ = LogTemplate.objects.get_or_create(
            organisation=source.organisation, source=source, key=text[:40], defaults={"text": text}
        )
        record = {
            "source": str(source.pk),
            "arrival": 100_000 + round(at * 100),
            "line": round(at * 100) + 1,
            "time": microseconds(start),
            "level": "error",
            "service": service,
            "trace": "",
            "text": text,
        }
        fields = {
            "detector": Detector.ALERT_LINE,
            "service": service,
            "started_at": start,
            "ended_at": start + timedelta(minutes=1),
            "surprise": 6,
            "records_count": 12,
            "evidence": [record],
        }
        return LogAnomaly.objects.create(
            organisation=source.organisation, source=source, template=template, **fields | changes
        )

    return make


@pytest.fixture
def deploy(source: LogSource) -> ChangeMarker:
    return ChangeMarker.objects.create(
        organisation=source.organisation,
        name="checkout 2.4.1",
        service="checkout",
        happened_at=EVENING - timedelta(minutes=3),
    )


@pytest.fixture
def incident(alice_actor: Actor, anomaly: Anomalies, deploy: ChangeMarker) -> Incident:
    """The pool of checkout runs out; a minute later the gateway times out. Before it, ten quiet records a minute."""
    first = anomaly("connection pool exhausted after 30 s", at=0)
    anomaly("upstream checkout timed out", at=1, service="gateway")
    for minute in range(-5, 3):
        count_records(first, minute, 10, Level.INFO)
    count_records(first, 0, 12, Level.ERROR)
    return grouped(alice_actor)


def count_records(anomaly: LogAnomaly, minute: int, count: int, level: str) -> None:
    assert anomaly.template
    TemplateCount.objects.create(
        organisation=anomaly.organisation,
        source=anomaly.source,
        template=anomaly.template,
        minute=EVENING + timedelta(minutes=minute),
        level=level,
        count=count,
    )


def group(actor: Actor) -> int:
    since, until = EVENING - timedelta(hours=3), EVENING + timedelta(hours=3)
    return services.group(actor, since=microseconds(since), until=microseconds(until))


def grouped(actor: Actor) -> Incident:
    group(actor)
    return Incident.objects.within(actor.organisation).ranked()[0]
