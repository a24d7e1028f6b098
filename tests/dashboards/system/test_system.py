"""One look a minute, what it finds when engines answer or do not, and what the two pages make of it."""

import time
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.core import redis_client
from apps.dashboards.system import gpus, samples, selectors
from apps.dashboards.system.gpus import GpuSample
from apps.dashboards.system.lines import Line
from apps.dashboards.system.samples import EngineSample, QueueSample, Sample
from apps.inference.models import Endpoint, Purpose
from apps.jobs import job_types, lifecycle, queues, services
from apps.jobs.models import QueueControl
from apps.observability import worker_heartbeat
from llm_backend.engine_metrics import EngineFigures
from tests.conftest import PASSWORD, ApiClient, browser_of
from tests.llm_backend.test_engine_metrics import LLAMA_CPP, VLLM
from tests.loopback_server import Reply, serving

WORK = job_types.JobType("tests.sampled", queue="batch", label="Sampled work")
MODELS = Reply(b'{"data": [{"id": "any"}]}', content_type="application/json")

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator_browser(db: None) -> Client:
    return browser_of(User.objects.create_superuser("olga@host.example", PASSWORD, name="Olga"))


@pytest.fixture(autouse=True)
def _no_endpoints(db: None) -> None:
    Endpoint.objects.all().delete()


def endpoint(url: str, **fields: Any) -> Endpoint:
    settings = {"name": url, "purpose": Purpose.CHAT, "model": "any", "provider": "vllm"}
    return Endpoint.objects.create(**settings | {"url": url} | fields)


def kept(*, minutes_ago: float = 0, engines: Any = None, waiting: int = 0, cards: Any = ()) -> Sample:
    queue = QueueSample(waiting=waiting, running=0, oldest_seconds=7.0 * waiting, workers=1)
    sample = Sample(
        at=time.time() - 60 * minutes_ago, queues={"batch": queue}, engines=engines or {}, gpus=list(cards)
    )
    redis_client.synchronous().rpush(samples.SAMPLES, sample.model_dump_json())
    return sample


def figures(**values: int) -> EngineSample:
    return EngineSample(figures=EngineFigures(running=1, waiting=0, **values))


def test_a_look_finds_queues_workers_and_every_engine_of_ones_own(alice_actor: Actor) -> None:
    services.create_job(alice_actor, kind=WORK, inputs={})
    worker_heartbeat.note_worker("background@host", ["batch"], busy=1)
    with (
        serving({"/v1/models": MODELS, "/metrics": Reply(VLLM.encode())}) as vllm,
        serving({"/v1/models": MODELS, "/metrics": Reply(LLAMA_CPP.encode())}) as llama,
        serving({"/v1/models": MODELS, "*": Reply(status=404)}) as silent,
    ):
        full, some, none = (endpoint(f"{each.url}/v1") for each in (vllm, llama, silent))
        away = endpoint("http://127.0.0.1:9/v1")
        vendor = endpoint("https://api.deepseek.com", provider="deepseek")
        sample = samples.take_sample()

    assert sample
    assert sample.engines.keys() == {full.pk, some.pk, none.pk, away.pk}
    assert vendor.pk not in sample.engines
    told = sample.engines[full.pk].figures
    assert told
    assert (told.waiting, told.prefix_hits, told.preemptions) == (4, 400, 7)
    assert sample.engines[some.pk].figures.waiting == 2  # type: ignore[union-attr]
    assert sample.engines[none.pk] == EngineSample(answer_ms=sample.engines[none.pk].answer_ms)
    assert sample.engines[away.pk].error_code
    assert (sample.queues["batch"].waiting, sample.queues["batch"].workers) == (1, 1)
    assert samples.kept_samples(5) == [sample]


def test_many_engines_of_organisations_do_not_hide_the_one_that_all_share(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "MAX_ENGINES", 2)
    for port in (9, 10):
        endpoint(f"http://127.0.0.1:{port}/v1", organisation=alice_actor.organisation)
    shared = endpoint("http://127.0.0.1:11/v1")

    assert samples.watched_endpoints()[0] == shared


def test_within_a_minute_nobody_looks_twice_and_two_days_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MINUTES_KEPT", 3)
    for _ in range(4):
        kept()

    assert samples.take_sample()
    assert samples.take_sample() is None
    assert len(samples.kept_samples(3)) == 3


def test_what_another_version_kept_and_what_is_old_is_left_out() -> None:
    kept(minutes_ago=90)
    redis_client.synchronous().rpush(samples.SAMPLES, b"[]")
    recent = kept(minutes_ago=10)

    assert samples.kept_samples(60) == [recent]


def test_two_days_are_drawn_from_the_peaks_of_twelve_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "PEAK_MINUTES", 2)
    engine = endpoint("http://127.0.0.1:9/v1")
    busy = EngineSample(figures=EngineFigures(running=9, waiting=4, written_tokens=10))
    calm = EngineSample(figures=EngineFigures(running=1, waiting=0, written_tokens=30))
    before = kept(minutes_ago=2, waiting=50, engines={engine.pk: busy})
    after = kept(minutes_ago=1, waiting=1, engines={engine.pk: calm})

    peak = samples.peak([before, after])
    assert samples.take_sample()
    redis_client.synchronous().delete(samples.TURN)
    assert samples.take_sample()

    assert (peak.queues["batch"].waiting, peak.at) == (50, after.at)
    told = peak.engines[engine.pk].figures
    assert told
    assert (told.running, told.waiting, told.written_tokens) == (9, 4, 30)
    assert redis_client.synchronous().llen(samples.PEAKS) == 1
    assert len(selectors.history(48)) == 2


def test_rates_come_from_two_looks_and_a_restart_is_a_gap() -> None:
    engine = endpoint("http://127.0.0.1:9/v1")
    totals = [(0, 0, 0), (600, 1000, 400), (0, 0, 0), (120, 100, 75)]
    for minutes, (written, asked, hit) in zip((3, 2, 1, 0), totals, strict=True):
        look = figures(written_tokens=written, prefix_queries=asked, prefix_hits=hit)
        kept(minutes_ago=minutes, engines={engine.pk: look})

    [view] = selectors.engine_views([engine], selectors.history(1))
    by_label = {str(line.label): line for line in view.lines}

    assert view.tone == "good"
    speeds = by_label["Output tokens per second"].values
    assert [None if speed is None else round(speed) for speed in speeds] == [None, 10, None, 2]
    assert by_label["Prefix cache hits"].values == [None, 40.0, None, 75.0]
    drawn = [y is not None for _x, y in by_label["Output tokens per second"].points]
    assert drawn == [False, True, False, True]
    assert "KV cache in use" not in by_label, "it was never told"


def test_an_engine_that_does_not_answer_is_told_in_words(operator_browser: Client) -> None:
    away, new = endpoint("http://127.0.0.1:9/v1"), endpoint("http://127.0.0.1:10/v1")
    kept(engines={away.pk: EngineSample(error_code="model_unavailable")})

    views = selectors.engine_views([away, new], selectors.history(1))
    page = operator_browser.get("/admin/analytics/system/").content.decode()

    assert views[0].tone == "bad"
    assert str(views[0].state) in page
    assert "Not probed yet" in str(views[1].state)


def test_operators_see_the_whole_system(operator_browser: Client, alice_actor: Actor) -> None:
    lifecycle.claim(services.create_job(alice_actor, kind=WORK, inputs={}).pk)
    worker_heartbeat.note_worker("background@host", ["batch"], busy=1)
    card = GpuSample(name="NVIDIA H100", memory_used=40_000, memory_total=80_000, use=None)
    kept(minutes_ago=1, waiting=3, cards=[card]), kept(waiting=2, cards=[card])

    page = operator_browser.get("/admin/analytics/system/").content.decode()

    for words in ("Sampled work × 1", "background@host", "NVIDIA H100", "Waiting: now 2, peak 3", "50%"):
        assert words in page


def test_a_member_sees_what_of_the_organisation_waits_and_no_others(
    alice_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    for actor in (alice_actor, bob_actor, bob_actor):
        services.create_job(actor, kind=WORK, inputs={})
    bobs = endpoint("http://127.0.0.1:9/v1", organisation=bob_actor.organisation, name="Bob's engine")
    shared = endpoint("http://127.0.0.1:10/v1", name="Shared engine")
    queues.change_mode("batch", QueueControl.Mode.PAUSED, changed_by="Olga")

    own = selectors.own_queue_views(alice_actor.organisation)
    page = alice_browser.get("/analytics/system/?hours=7").content.decode()

    assert [queue.waiting for queue in own if queue.waiting] == [1]
    assert "paused" in page
    assert shared.name in page
    assert (bobs.name in page, bobs.url in page) == (False, False)


def test_programs_get_the_numbers_of_the_page_and_no_others(
    alice_api: ApiClient, alice_actor: Actor, bob_actor: Actor
) -> None:
    for actor in (alice_actor, bob_actor):
        services.create_job(actor, kind=WORK, inputs={})
    endpoint("http://127.0.0.1:9/v1", organisation=bob_actor.organisation)
    shared = endpoint("http://127.0.0.1:10/v1", name="Shared engine")
    for minutes, written in ((2, 0), (1, 600)):
        kept(minutes_ago=minutes, engines={shared.pk: figures(written_tokens=written)})

    system = alice_api.get("/api/v1/analytics/system/?hours=6").json()

    waiting = {queue["queue"]: queue["waiting"] for queue in system["queues"] if queue["waiting"]}
    assert (system["hours"], waiting) == (6, {"batch": 1})
    [engine] = system["engines"]
    assert engine["name"] == "Shared engine"
    speed = next(each for each in engine["metrics"] if each["key"] == "output_tokens_per_second")
    assert (round(speed["now"]), speed["values"][0], len(speed["times"])) == (10, None, 2)
    assert alice_api.get("/api/v1/analytics/system/?hours=7").status_code == 400


def test_neither_page_is_for_everybody(alice_browser: Client, charlie: User) -> None:
    assert alice_browser.get("/admin/analytics/system/").status_code == 403
    assert browser_of(charlie).get("/analytics/system/").status_code == 403


def test_cards_are_read_from_what_nvidia_smi_prints() -> None:
    table = "NVIDIA H100 80GB HBM3, 1024, 81559, 37\nTesla T4, 12, 15360, [N/A]\nnot, a card\n"

    first, second = gpus.parse(table)

    assert (first.name, first.memory_used, first.memory_percent, first.use) == (
        "NVIDIA H100 80GB HBM3",
        1024,
        1,
        37,
    )
    assert second.use is None


def test_a_line_of_nothing_and_of_one_value_can_be_drawn() -> None:
    assert not Line("x", "X", [], [], str).is_known
    assert Line("x", "X", [60.0], [None], str).now_text == "–"
    lone = Line("x", "X", [60.0], [0.0], str)
    assert (lone.points, len(lone.rows)) == ([(0.0, 0.93)], 1)
