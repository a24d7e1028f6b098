"""One bad item never stops its queue: what every round and every reader makes of it."""

import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.rounds import Round, tend_each
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import assignment
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from apps.dashboards.rollups import services as rollups
from apps.dashboards.rollups.models import ChangedHour
from apps.jobs import schedules
from apps.jobs.models import Job, Schedule
from apps.marketing.experiments import counting, stop_rule
from apps.marketing.experiments.event_rows import check_events
from apps.marketing.experiments.models import EventBatch, EventIntake, Experiment
from apps.marketing.imports import services as imports
from apps.marketing.profiles.models import Person
from config.celery import SCHEDULE
from tests.marketing.profiles.test_people import worked

# Periodic task → how its round goes on past one that cannot be tended.
#   a module: it calls `tend_each` or `Round` of apps.core.rounds
#   a sentence: why nothing of the kind is needed
READERS = {
    "apps.jobs.tasks.reap_jobs": "apps.jobs.lifecycle",
    "apps.jobs.tasks.run_schedules": "apps.jobs.schedules",
    "apps.jobs.tasks.deliver_webhooks": "apps.jobs.webhooks",
    "apps.jobs.tasks.rewrite_append_only_file": "one command to Redis",
    "apps.privacy.tasks.erase_outdated": "apps.privacy.retention_rules",
    "apps.audit.tasks.anchor_trails": "apps.audit.publication",
    "apps.vault.tasks.end_rotations": "apps.vault.rotation",
    "apps.dashboards.tasks.roll_up": "apps.dashboards.rollups.services",
    "apps.dashboards.tasks.sample_system": "one sample of the installation; the next minute takes another",
    "apps.customer_service.tasks.understand_messages": "apps.customer_service.understanding.classification",
    "apps.customer_service.tasks.tend_queues": "apps.customer_service.handoff.services",
    "apps.customer_service.tasks.deliver_outgoing_messages": "apps.customer_service.delivery.outbox",
    "apps.customer_service.tasks.read_due_mailboxes": "a task for each mailbox, in which a mail is tried three times",
    "apps.customer_service.tasks.open_messenger_connections": "a task of the event loop for each connection",
    "apps.customer_service.tasks.resolve_silent_conversations": "apps.customer_service.handoff.auto_resolve",
    "apps.customer_service.tasks.request_clusterings": "apps.customer_service.unanswered_questions.services",
    "apps.connectors.tasks.sync_due_sources": "apps.connectors.services",
    "apps.marketing.tasks.refresh_due_people": "apps.marketing.rules.membership",
    "apps.marketing.tasks.judge_experiments": "apps.marketing.experiments.stop_rule",
    "apps.marketing.tasks.start_due_campaigns": "apps.marketing.campaigns.services",
    "apps.marketing.tasks.release_lost_requests": "apps.marketing.campaigns.sending",
    "apps.log_analysis.tasks.tell_incidents": "apps.log_analysis.alerting.services",
    "apps.log_analysis.tasks.merge_records": "sources of logs have walks of their own",
    "apps.log_analysis.tasks.judge_sources": "sources of logs have walks of their own",
    "apps.log_analysis.tasks.wake_sources": "sources of logs have walks of their own",
}
NASTY = (
    *(
        "\x00",
        "a\x00b",
        "\ud800",
        "\U0010ffff",
        "\u202e\u0301" * 200,
        "9" * 5000,
        "-" * 3,
        "1e400",
        "nan",
        "Infinity",
    ),
    *(
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30",
        "99999999999999999999",
        "-1",
        "",
    ),
)
NASTY_VALUES: tuple[Any, ...] = (
    *NASTY,
    1e300,
    -1e300,
    2**63,
    -(2**63) - 1,
    10**40,
    True,
    None,
    [],
    {},
    [[]],
    {"": None},
)
pytestmark = pytest.mark.django_db


def test_every_round_says_how_it_goes_on_past_a_bad_item() -> None:
    assert {each.task for each in SCHEDULE} == set(READERS)
    for module in READERS.values():
        if " " not in module:
            names = vars(import_module(module))
            assert {"tend_each", "Round"} & set(names), (
                f"{module} goes through its items without apps.core.rounds"
            )


def test_a_round_tends_the_others_and_tells_at_its_end() -> None:
    tended: list[int] = []

    def tend(number: int) -> int:
        if number % 2:
            raise ValueError(str(number))
        tended.append(number)
        return number

    with pytest.raises(ExceptionGroup) as told:
        tend_each(range(6), tend, name="numbers")

    assert tended == [0, 2, 4]
    assert [str(each) for each in told.value.exceptions] == ["1", "3", "5"]
    assert tend_each([0, 2], tend, name="numbers") == 1


def test_each_item_of_a_round_has_the_error_that_was_its_own() -> None:
    """Messages are sent by several threads at once: the last error of all may be another one's."""
    this_round = Round("messages")

    with this_round.item() as first:
        raise ValueError
    with this_round.item() as second:
        raise KeyError

    assert [type(each) for each in (*first, *second)] == [ValueError, KeyError]
    assert this_round.failures == [*first, *second]


def test_a_database_that_is_away_ends_the_round_at_once() -> None:
    tended: list[int] = []

    def away(number: int) -> None:
        tended.append(number)
        raise OperationalError

    with pytest.raises(OperationalError):
        tend_each(range(6), away, name="numbers")

    assert tended == [0]


def test_the_log_says_nothing_of_what_an_item_holds(caplog: pytest.LogCaptureFixture) -> None:
    this_round = Round("patients")
    with this_round.item():
        raise ValueError("Mrs Wang's rash")

    assert "ValueError" in caplog.text
    assert "Wang" not in caplog.text


def broken_once(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, error: Exception) -> list[Any]:
    """The first call raises; answers what the calls were given."""
    real, calls = getattr(module, name), []

    def call(first: Any, *rest: Any, **options: Any) -> Any:
        calls.append(first)
        if len(calls) == 1:
            raise error
        return real(first, *rest, **options)

    monkeypatch.setattr(module, name, call)
    return calls


def two_schedules(ours: Organisation, theirs: Organisation) -> None:
    for owner in (ours, theirs):
        Schedule.objects.create(
            organisation=owner,
            name="n",
            kind="x",
            cron="0 7 * * *",
            time_zone="UTC",
            next_run_at=timezone.now(),
        )


def two_changed_hours(ours: Organisation, theirs: Organisation) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for owner in (ours, theirs):
        ChangedHour.objects.create(organisation=owner, source=ChangedHour.Source.JOBS, hour=hour)


def two_experiments(ours: Organisation, theirs: Organisation) -> None:
    for owner in (ours, theirs):
        Experiment.objects.create(organisation=owner, name="Spring", status=Experiment.Status.RUNNING)


def two_queues(ours: Organisation, theirs: Organisation) -> None:
    for owner in (ours, theirs):
        channel = Channel.objects.create(organisation=owner, name="Chat", language="en")
        conversation = Conversation.objects.create(
            organisation=owner, channel=channel, visitor_id="v", answered_by="queue"
        )
        Handoff.objects.create(organisation=owner, conversation=conversation, reason="asked")


ROUNDS: dict[str, tuple[Callable[..., None], Any, str, Callable[[], object]]] = {
    "schedules": (two_schedules, schedules, "_run", schedules.run_due),
    "roll-ups": (two_changed_hours, rollups, "roll_up_hours", lambda: rollups.roll_up(seconds=5)),
    "clocks": (lambda *_: None, rollups, "set_clock", lambda: rollups.roll_up(seconds=5)),
    "experiments": (two_experiments, stop_rule, "judge", stop_rule.judge_all_running),
    "queues of visitors": (two_queues, assignment, "assign_waiting", handoff.tend_queues),
}


@pytest.mark.parametrize("name", sorted(ROUNDS))
@pytest.mark.parametrize(
    "error", [OverflowError("x"), DataError("x"), UnicodeEncodeError("utf-8", "x", 0, 1, "x")]
)
def test_what_is_wrong_with_one_organisation_keeps_no_other_waiting(
    name: str, error: Exception, tea_house: Organisation, rival: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, module, function, run = ROUNDS[name]
    prepare(tea_house, rival)
    calls = broken_once(monkeypatch, module, function, error)

    with pytest.raises(ExceptionGroup):
        run()

    assert len(set(calls)) >= 2, "the others of the round had their turn"


@pytest.mark.parametrize(
    "field", ["event_key", "exposure", "experiment", "subject", "type", "happened_at", "revenue"]
)
def test_events_that_cannot_be_counted_are_refused_one_by_one(
    field: str, alice_actor: Actor, tea_house: Organisation
) -> None:
    experiment = Experiment.objects.create(organisation=tea_house, name="Spring")
    good = {"event_key": "k", "experiment": str(experiment.pk), "subject": "s", "type": "open"}
    sent = [{**good, "event_key": f"k{number}", field: value} for number, value in enumerate(NASTY_VALUES)]
    checked = check_events([*sent, *NASTY_VALUES], timezone.now())
    for row in checked.rows:
        EventBatch.objects.create(organisation=tea_house, events=[row])
    EventBatch.objects.create(organisation=tea_house, rejected=checked.malformed_count)

    while counting.count_batches(tea_house).batches:
        pass

    assert not EventBatch.objects.exists()
    assert EventIntake.objects.get().malformed == checked.malformed_count


def test_rows_of_people_that_cannot_be_stored_are_rejected_one_by_one(alice_actor: Actor) -> None:
    lines = ["id,name,email,birthday,points"]
    # A file with NUL characters is no table: whoever uploads it is told so before anything is queued.
    values = [value.replace("\ud800", "\ufffd") for value in NASTY if "\x00" not in value]
    lines += [f'"p{number}","{value}","{value}","{value}","{value}"' for number, value in enumerate(values)]
    lines += [f'"{value}","n","a@b.example","2026-01-01","1"' for value in values]
    content = "\n".join([*lines, '"last","Vera","vera@home.example","2026-01-01","1"']).encode()
    row = imports.begin_import(alice_actor, file_name="people.csv", length=len(content))
    row = imports.append_part(alice_actor, row, offset=0, content=io.BytesIO(content))
    _headings, proposed, _rows = imports.preview(row)

    started = imports.start_import(alice_actor, row, mapping=proposed)

    assert started.job
    assert worked(started.job).state == Job.State.SUCCEEDED
    assert Person.objects.filter(external_id="last").exists()
    row.refresh_from_db()
    assert row.rows_count == len(lines)
