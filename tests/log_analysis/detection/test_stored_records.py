"""Odd values, series and sessions, found in records as they stand in the store."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core import ttl_cache
from apps.log_analysis.detection import services, session_labels
from apps.log_analysis.detection.models import (
    DetectionSettings,
    Detector,
    LogAnomaly,
    SessionLabel,
    SessionView,
)
from apps.log_analysis.detection.stored_records import quantities
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from tests.log_analysis.stored_lines import log_source, store

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
Judge = Callable[..., int]


def entry(second: float, text: str, level: str = "INFO", service: str = "web") -> str:
    moment = START + timedelta(seconds=second)
    return (
        f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} {level} [{service}] {service}: {text}"
    )


@pytest.fixture
def source(alice_actor: Actor) -> LogSource:
    source = log_source(alice_actor.organisation)
    source.session_parameter = "order"
    source.save()
    return source


@pytest.fixture
def judge(source: LogSource) -> Judge:
    """Stores lines and judges them, as a file or as a part of a stream."""

    def run(lines: Iterable[str], stream: str = "file", *, is_whole: bool = True) -> int:
        read = store(source, lines, stream=stream)
        judge_records = services.judge if is_whole else services.judge_stream
        return judge_records(source, since=read.first_time, until=read.last_time, check=lambda: None)

    return run


def requests(minutes: int, slow: dict[int, int] | None = None, begin: int = 0) -> list[str]:
    """One every two seconds; `slow`: how many milliseconds those of a second took."""
    chance = random.Random(begin)
    return [
        entry(
            second,
            f"GET /tea took {(slow or {}).get(second, 0) or round(chance.gauss(40, 8))} ms for user {chance.randrange(90)}",
        )
        for second in range(begin, begin + minutes * 60, 2)
    ]


def orders(
    count: int, *, broken: dict[int, list[str]] | None = None, late: int | None = None, begin: int = 0
) -> list[str]:
    """Each order is placed, paid, packed and sent; `broken`: what some of them do instead; `late`: the one that waits."""
    steps = ["placed by a guest", "was paid", "was packed", "was sent"]
    lines = []
    for number in range(count):
        for place, step in enumerate((broken or {}).get(number, steps)):
            waited = 200 if number == late and place == len(steps) - 1 else 0
            lines.append((begin + number * 5 + place + waited, f"order={number + begin:05d} {step}"))
    return [entry(second, text) for second, text in sorted(lines)]


@pytest.mark.slow
def test_a_value_far_beyond_all_before_is_told_with_its_record(judge: Judge) -> None:
    judge(requests(120, {4800: 9000}))

    found = LogAnomaly.objects.get(detector=Detector.PARAMETER)
    assert found.observed == 9000
    assert 30 < found.expected < 50
    assert "took … ms" in found.subject
    assert "took 9000 ms" in found.evidence[0]["text"]
    assert found.started_at == START + timedelta(seconds=4800)


@pytest.mark.slow
def test_a_series_of_values_that_leaves_its_course_is_told(judge: Judge) -> None:
    judge(requests(180, dict.fromkeys(range(9000, 10200, 2), 75)))

    found = LogAnomaly.objects.filter(detector=Detector.METRIC).order_by("started_at")[0]
    assert START + timedelta(minutes=149) < found.started_at < START + timedelta(minutes=152)
    assert found.observed > 1.5 * found.expected


@pytest.mark.slow
def test_a_session_that_leaves_out_its_steps_is_told_with_its_records(judge: Judge) -> None:
    judge(orders(700, broken={500: ["placed by a guest", "was sent"]}))

    found = LogAnomaly.objects.get(detector=Detector.SESSION)
    assert found.subject == "00500"
    assert [each["text"].rpartition(": ")[2] for each in found.evidence] == [
        "order=00500 placed by a guest",
        "order=00500 was sent",
    ]
    assert len(found.events) == 2
    assert found.template


def test_a_session_with_an_event_that_no_other_has_is_told(judge: Judge) -> None:
    judge(orders(700, broken={500: ["placed by a guest", "was paid", "lost its parcel", "was sent"]}))

    found = LogAnomaly.objects.get(detector=Detector.SESSION)
    assert found.template
    assert "lost its parcel" in found.template.text


@pytest.mark.slow
def test_a_session_that_takes_too_long_is_told_with_what_its_comparison_can_promise(
    judge: Judge, alice_actor: Actor, alice_browser: Client
) -> None:
    judge(orders(700, late=500))
    incidents.group(alice_actor, since=ms(0), until=ms(3600))

    found = LogAnomaly.objects.get(detector=Detector.SESSION)
    assert (found.subject, found.session_view) == ("00500", SessionView.DURATION)
    assert (found.observed, round(found.expected)) == (203, 3)
    told = alice_browser.get(f"/api/v1/logs/anomalies/{found.pk}/").json()
    assert (told["session_view"], told["compared_sessions"]) == ("duration", 350)
    assert told["least_false_alarm_percent"] == pytest.approx(0.852, abs=0.001)
    page = f"/logs/incidents/{found.incident_id}/"
    english, chinese = (
        alice_browser.get(page, headers={"Accept-Language": language}).content.decode()
        for language in ("en", "zh-CN")
    )
    assert "203 s instead of 3 s" in english
    assert "compared with 350 sessions; a false-alarm rate below 0.85% cannot be promised" in english
    assert "与 350 个会话比较，误报率无法保证低于 0.85%" in chinese


@pytest.mark.slow
def test_usual_hours_bring_hardly_an_alarm(judge: Judge) -> None:
    """The budget is one a day, and these are eight hours with thousands of sessions."""
    judge(sorted([*requests(480), *orders(5760)]))

    assert LogAnomaly.objects.count() <= 2, list(LogAnomaly.objects.values_list("detector", "subject"))


@pytest.mark.slow
def test_a_smaller_budget_tells_less(judge: Judge, source: LogSource) -> None:
    lines = orders(700, broken={500: ["placed by a guest", "was sent"]})
    DetectionSettings.objects.create(organisation=source.organisation, false_alarms_per_day=0.01)
    judge(lines)
    few = LogAnomaly.objects.count()
    DetectionSettings.objects.update(false_alarms_per_day=50)
    ttl_cache.clear_all()

    services.judge(source, since=ms(0), until=ms(3600), check=lambda: None)

    assert LogAnomaly.objects.count() > few


@pytest.mark.slow
def test_a_stream_is_judged_minute_by_minute_as_a_file_would_be(judge: Judge) -> None:
    broken = {500: ["placed by a guest", "was sent"]}
    ordered = sorted([*requests(120, {4800: 9000}), *orders(1440, broken=broken)])
    for part in range(0, len(ordered), 200):
        judge(ordered[part : part + 200], f"part {part}", is_whole=False)

    assert LogAnomaly.objects.get(detector=Detector.PARAMETER).observed == 9000
    assert LogAnomaly.objects.get(detector=Detector.SESSION).subject == "00500"


@pytest.mark.slow
def test_a_worker_that_has_not_seen_the_stream_learns_it_from_the_store(judge: Judge) -> None:
    judge(requests(120), "before", is_whole=False)
    ttl_cache.clear_all()

    judge(requests(10, {7300: 9000}, begin=7200), "after", is_whole=False)

    assert LogAnomaly.objects.get(detector=Detector.PARAMETER).observed == 9000


@pytest.mark.slow
def test_what_people_decided_is_learnt_once_it_is_enough(
    judge: Judge, source: LogSource, alice_browser: Client
) -> None:
    kinds = {"placed": "placed by a guest", "paid": "was paid", "packed": "was packed", "sent": "was sent"}
    odd, usual = ["placed", "sent"], ["placed", "paid", "paid", "sent"]
    judge(orders(700, broken={500: [kinds[each] for each in odd], 600: [kinds[each] for each in usual]}))
    first = set(LogAnomaly.objects.values_list("detector", flat=True))
    assert Detector.SESSION in first
    keys = {name: LogTemplate.objects.get(text__endswith=text).key for name, text in kinds.items()}

    def decide(name: str, steps: list[str], is_anomaly: bool) -> None:
        row = LogAnomaly(
            source=source, organisation=source.organisation, detector=Detector.SESSION, subject=name
        )
        row.events = [keys[each] for each in steps]
        session_labels.label([row], is_anomaly=is_anomaly)

    for number in range(9):
        decide(f"odd {number}", odd, is_anomaly=True)
        decide(f"usual {number}", usual, is_anomaly=False)
    page = f"/logs/sources/{source.pk}/"
    assert "9 of 10 so far" in alice_browser.get(page, headers={"Accept-Language": "en"}).content.decode()
    decide("odd 9", odd, is_anomaly=True)
    decide("usual 9", usual, is_anomaly=False)
    decide("usual 9", usual, is_anomaly=False)
    LogAnomaly.objects.all().delete()

    broken = {500: [kinds[each] for each in odd], 600: [kinds[each] for each in usual]}
    judge(orders(700, broken=broken, begin=4000), "next")

    found = LogAnomaly.objects.filter(detector=Detector.SESSION)
    assert [each.subject for each in found] == ["04500"]
    assert (
        "根据 20 次人工判定学习"
        in alice_browser.get(page, headers={"Accept-Language": "zh-CN"}).content.decode()
    )


@pytest.mark.slow
def test_decisions_about_incidents_and_anomalies_are_taken_down(
    judge: Judge, source: LogSource, alice_actor: Actor
) -> None:
    judge(orders(700, broken={500: ["placed by a guest", "was sent"]}))
    incidents.group(alice_actor, since=ms(0), until=ms(3600))
    found = LogAnomaly.objects.get(detector=Detector.SESSION)
    incident = Incident.objects.get(anomalies=found)

    changes = {"severity": 2, "owner": None, "solution": "paid by hand"}
    incidents.change_incident(alice_actor, incident, status="resolved", **changes)
    assert SessionLabel.objects.get().is_anomaly

    incidents.suppress_anomaly(alice_actor, found)
    assert not SessionLabel.objects.get().is_anomaly
    assert not LogAnomaly.objects.filter(detector=Detector.SESSION).exists()
    ttl_cache.clear_all()
    services.judge(source, since=ms(0), until=ms(3600), check=lambda: None)
    assert not LogAnomaly.objects.filter(detector=Detector.SESSION).exists()


def test_records_without_sessions_or_numbers_are_judged_too(judge: Judge) -> None:
    assert judge(entry(second, "tick") for second in range(300)) == 0


def test_quantities_are_read_with_their_units() -> None:
    written = pa.array(["20ms", "1.5 s", "2KB", "-3", "<1ms", "ten", None, "7"])

    numbers = quantities(written).tolist()

    assert numbers[:5] == [0.02, 1.5, 2048.0, -3.0, 0.001]
    assert numbers[5] != numbers[5]
    assert numbers[7] == 7.0


def ms(seconds: int) -> int:
    return int((START + timedelta(seconds=seconds)).timestamp() * 1_000_000)
