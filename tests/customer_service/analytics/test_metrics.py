"""What figures count, and what they refuse to say."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from apps.analytics import periods
from apps.analytics.reports import Scope
from apps.analytics.values import Share
from apps.customer_service.analytics.fact_rows import rows
from apps.customer_service.analytics.report import REPORT, cost
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.business_hours import DAYS
from apps.customer_service.staff.models import DeskSettings
from apps.dashboards.rollups.services import roll_up
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from tests.customer_service.figures_fixtures import DAY, HOUR, MINUTE

pytestmark = pytest.mark.django_db


def scope_of(actor, *, days=30, channel=None):
    filters = {"channel": str(channel.pk)} if channel else {}
    return Scope(actor.organisation, periods.latest(days, "Asia/Shanghai"), filters)


def figures(actor, **chosen):
    cache.clear()
    return REPORT.results(scope_of(actor, **chosen))


def cards(actor, **chosen):
    return {card.metric.key: card for card in REPORT.cards(figures(actor, **chosen))}


def costs(actor, **chosen):
    return cost(scope_of(actor, **chosen), figures(actor, **chosen))


def test_resolved_by_the_assistant_alone_counts_as_automated(alice_actor, past):
    past.settled()
    with_person = past.settled()
    past.replied(with_person, after=5 * MINUTE)
    past.settled(is_reopened_soon=True, reopen_count=1)
    past.settled(resolved_after=None)

    now = figures(alice_actor).now

    assert (now.conversations, now.automated, now.pending, now.with_person) == (4, 1, 0, 1)


def test_what_staff_closed_was_not_resolved_by_the_assistant(alice_actor, past):
    past.settled(resolution="person")
    past.settled(resolution="person", ago=2 * HOUR)
    past.settled(resolution="bot")

    now = figures(alice_actor).now

    assert (now.automated, now.pending, REPORT.worth.spared(now)) == (1, 0, 1)


def test_what_each_day_spared_people_adds_up_to_the_period(alice_actor, past):
    past.settled()
    past.settled(ago=9 * DAY)
    past.replied(past.settled(), after=5 * MINUTE)

    results = figures(alice_actor)

    spared = REPORT.worth.spared
    assert sum(spared(day.totals) for day in results.days) == spared(results.now) == 2
    assert sum(REPORT.worth.done(day.totals) for day in results.days) == 3


def test_within_a_day_of_the_resolution_it_is_pending(alice_actor, past):
    past.settled(ago=2 * HOUR)

    now = figures(alice_actor).now

    assert (now.automated, now.pending) == (0, 1)
    assert now.automated_share == Share(0, 0)


def test_a_new_matter_weeks_later_leaves_the_first_resolution_automated(alice_actor, past):
    past.settled(resolved_after=None, reopen_count=1)

    assert figures(alice_actor).now.automated == 1


@pytest.mark.parametrize(("text", "is_unsettled"), [("It never came", True), ("Thank you, bye!", False)])
def test_opening_again_within_a_day_is_remembered(desk, alice_actor, text, is_unsettled):
    conversation = desk.open("Where is my tea?").conversation
    services.resolve(alice_actor, conversation_id=conversation.pk)

    desk.ask(conversation, text)

    conversation.refresh_from_db()
    assert (conversation.is_open, conversation.is_reopened_soon) == (True, is_unsettled)


def test_opening_again_later_is_a_new_matter(desk, alice_actor):
    conversation = desk.open("Where is my tea?").conversation
    services.resolve(alice_actor, conversation_id=conversation.pk)
    Conversation.objects.filter(pk=conversation.pk).update(resolved_at=timezone.now() - 2 * DAY)

    desk.ask(conversation, "Another thing")

    conversation.refresh_from_db()
    assert not conversation.is_reopened_soon


def test_deflection_is_of_those_that_got_an_answer(alice_actor, past):
    past.settled()
    handed = past.settled()
    past.handed_off(handed, "asked", after=MINUTE)
    past.asked(past.conversation())

    found = figures(alice_actor)

    assert found.now.deflected_share == Share(1, 2)
    assert [(each.reason, each.count, each.before) for each in found.reasons] == [("asked", 1, 0)]


def test_staff_are_timed_from_the_moment_they_were_called(alice_actor, past):
    conversation = past.settled(resolved_after=20 * MINUTE)
    past.handed_off(conversation, "asked", after=5 * MINUTE, accepted=6 * MINUTE)
    past.replied(conversation, after=8 * MINUTE)

    now = figures(alice_actor).now

    assert now.bot_first_median == pytest.approx(3, abs=0.01)
    assert now.staff_first_median == pytest.approx(180, abs=0.01)
    assert now.handle_median == pytest.approx(14 * 60, abs=0.01)
    assert now.resolution_median == pytest.approx(20 * 60, abs=0.01)


def test_staff_who_were_not_called_are_timed_from_the_last_message(alice_actor, past):
    conversation = past.settled()
    past.asked(conversation, after=10 * MINUTE)
    past.replied(conversation, after=12 * MINUTE)

    assert figures(alice_actor).now.staff_first_median == pytest.approx(120, abs=0.01)


def test_a_call_that_ended_without_anybody_is_not_what_the_next_reply_answers(alice_actor, past):
    """Called and settled alone; a week later the visitor calls again, and is answered in two minutes."""
    conversation = past.settled(ago=8 * DAY)
    past.handed_off(conversation, "asked", after=HOUR, ended=2 * HOUR)
    past.handed_off(conversation, "asked", after=7 * DAY, accepted=7 * DAY + MINUTE)
    past.replied(conversation, after=7 * DAY + 2 * MINUTE)

    assert figures(alice_actor).now.staff_first_median == pytest.approx(120, abs=0.01)


def test_who_is_put_back_into_the_queue_waits_since_the_first_call(alice_actor, past):
    conversation = past.settled()
    past.handed_off(conversation, "asked", after=HOUR, accepted=HOUR + MINUTE, ended=2 * HOUR)
    past.handed_off(conversation, "manual", after=2 * HOUR, accepted=3 * HOUR)
    past.replied(conversation, after=3 * HOUR)

    assert figures(alice_actor).now.staff_first_median == pytest.approx(2 * 3600, abs=0.01)


@time_machine.travel(datetime(2026, 11, 18, 12, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)
def test_staff_are_not_blamed_for_the_night(alice_actor, past):
    """Called on Tuesday at five, answered on Wednesday at ten; the desk is open from nine to six."""
    conversation = past.settled(ago=20 * HOUR)
    past.handed_off(conversation, "asked", after=HOUR, accepted=18 * HOUR)
    past.replied(conversation, after=18 * HOUR)

    found = figures(alice_actor)
    staff_first = cards(alice_actor)["staff_first"]
    DeskSettings.objects.create(organisation=alice_actor.organisation, holidays=["2026-11-18"])
    with_a_holiday = figures(alice_actor)

    assert found.now.staff_first_median == pytest.approx(17 * 3600, abs=0.01)
    assert found.now.staff_first_open_median == pytest.approx(2 * 3600, abs=0.01)
    assert (staff_first.value.number, staff_first.value.text) == (7200, "2 h 0 min")
    assert "17 h 0 min clock time" in staff_first.note
    assert with_a_holiday.now.staff_first_open_median == pytest.approx(3600, abs=0.01)


@time_machine.travel(datetime(2026, 11, 18, 22, tzinfo=ZoneInfo("Asia/Shanghai")), tick=False)
def test_an_answer_while_the_desk_is_closed_took_no_open_time(alice_actor, past):
    conversation = past.settled(ago=HOUR)
    past.replied(conversation, after=10 * MINUTE)
    DeskSettings.objects.create(organisation=alice_actor.organisation)
    at_night = figures(alice_actor).now
    DeskSettings.objects.update(hours={})

    assert (at_night.staff_first_open_count, at_night.staff_first_open_median) == (1, 0)
    assert figures(alice_actor).now.staff_first_open_median == 0


def test_the_period_before_is_counted_apart(alice_actor, past):
    past.settled(ago=2 * DAY)
    past.settled(ago=9 * DAY)
    past.settled(ago=30 * DAY)

    found = figures(alice_actor, days=7)

    assert (found.now.conversations, found.before.conversations) == (1, 1)
    assert len(found.days) == 7


def test_a_channel_is_looked_at_alone(alice_actor, past):
    other = Channel.objects.create(organisation=alice_actor.organisation, name="Mail", language="en")
    past.settled()
    past.settled(channel=other)

    assert figures(alice_actor, channel=other).now.conversations == 1


def test_another_organisation_is_never_counted(bob_actor, past):
    past.settled()

    assert figures(bob_actor).now.conversations == 0


def test_a_conversation_without_a_message_is_none(alice_actor, past):
    past.conversation()

    assert figures(alice_actor).now.conversations == 0


def test_days_are_those_of_the_desk(alice_actor, past):
    """23:30 in London is the next morning in Shanghai."""
    past.settled(ago=3 * DAY)
    found = figures(alice_actor)
    local = Conversation.objects.get().created_at.astimezone(ZoneInfo("Asia/Shanghai")).date()

    assert [day.key for day in found.days if day.totals.conversations] == [local]


def test_sources_and_unsupported_sentences_are_counted(alice_actor, past):
    conversation = past.conversation()
    sentences = [{"start": 0, "end": 5, "is_supported": value, "citation": None} for value in (True, False)]
    past.answered(past.asked(conversation), sentences=sentences)
    past.answered(past.asked(conversation, after=MINUTE), source="curated")
    past.answered(past.asked(conversation, after=2 * MINUTE), action="lookup")
    past.answered(past.asked(conversation, after=3 * MINUTE), source="quote")
    past.answered(past.asked(conversation, after=4 * MINUTE), source="quote", action="lookup")

    now = figures(alice_actor).now

    assert (now.from_model, now.from_curated, now.from_lookups, now.from_quotes) == (1, 1, 2, 1)
    assert now.unsupported_share == Share(1, 2)


def test_mood_is_the_end_against_the_beginning(alice_actor, past):
    conversation = past.conversation()
    past.understood(past.asked(conversation), intent="delivery", trend=-0.2)
    past.understood(past.asked(conversation, after=MINUTE), intent="refund", trend=-0.6)

    found = figures(alice_actor)

    assert found.now.trend_change == pytest.approx(-0.4)
    assert found.now.ended_negative == 1
    assert [each.key for each in found.groups["intents"]] == ["delivery"]


def test_satisfaction_is_told_apart_by_who_answered(alice_actor, past):
    past.rated(past.settled(), 5)
    with_person = past.settled()
    past.replied(with_person, after=MINUTE)
    past.rated(with_person, 2)

    now = figures(alice_actor).now

    assert (now.bot_rating_mean, now.person_rating_mean, now.rating_mean) == (5, 2, 3.5)


def test_agents_are_named_with_their_conversations(alice_actor, past):
    always = {day: [["00:00", "24:00"]] for day in DAYS}
    DeskSettings.objects.create(organisation=alice_actor.organisation, hours=always)
    conversation = past.settled()
    past.replied(conversation, after=2 * MINUTE)

    agent = figures(alice_actor).groups["agents"][0]

    assert (agent.key["name"], agent.totals.conversations, agent.totals.staff_replies) == ("Alice", 1, 1)
    assert agent.totals.staff_first_open_median == pytest.approx(119, abs=0.1)


def test_cost_is_models_and_people_against_people_alone(alice_actor, past):
    DeskSettings.objects.create(
        organisation=alice_actor.organisation, minutes_per_conversation=Decimal(6), cost_per_hour=Decimal(60)
    )
    past.settled()
    past.settled()
    with_person = past.settled()
    past.replied(with_person, after=MINUTE)
    job = Job.objects.create(
        organisation=alice_actor.organisation, kind="customer_service.answer_message", queue="interactive"
    )
    for paid_for, amount in ((job, "1.5"), (None, "9")):
        InferenceCall.objects.create(
            organisation=alice_actor.organisation,
            job=paid_for,
            purpose="chat",
            model="scripted",
            cost=Decimal(amount),
            status="succeeded",
        )

    roll_up(seconds=10)

    found = costs(alice_actor)

    assert (found.models, found.people, found.all_by_people) == (Decimal("1.5"), Decimal(6), Decimal(18))
    assert found.saving == Decimal("10.5")
    assert found.per_resolved == Decimal("2.5")


def test_model_cost_of_a_channel_is_that_of_its_conversations(alice_actor, past):
    conversation = past.settled()
    for subject in (f"conversation:{conversation.pk}", "conversation:another"):
        job = Job.objects.create(
            organisation=alice_actor.organisation,
            kind="customer_service.answer_message",
            queue="interactive",
            subject=subject,
        )
        InferenceCall.objects.create(
            organisation=alice_actor.organisation,
            job=job,
            purpose="chat",
            model="m",
            cost=1,
            status="succeeded",
        )

    assert costs(alice_actor, channel=past.channel).models == 1


def test_a_change_is_said_only_where_both_periods_hold_enough(alice_actor, past):
    for _ in range(6):
        past.settled(ago=3 * DAY)
    few = cards(alice_actor, days=7)
    for _ in range(6):
        past.settled(ago=10 * DAY, is_reopened_soon=True)
    enough = cards(alice_actor, days=7)

    assert few["automated"].value.text == "100%"
    assert few["automated"].change is None
    assert enough["automated"].change.text == "+100 points"
    assert enough["automated"].tone == "good"


def test_rows_hold_what_the_figures_are_made_of(alice_actor, past):
    conversation = past.settled()
    row = next(iter(rows(scope_of(alice_actor))))

    assert row["id"] == conversation.pk
    assert row["is_automated"] is True
    assert float(row["bot_seconds"]) == pytest.approx(3)


def test_figures_are_counted_once_a_minute(alice_actor, past, django_assert_max_num_queries):
    past.settled()
    scope = scope_of(alice_actor)
    REPORT.results(scope)
    past.settled()

    with django_assert_max_num_queries(0):
        again = REPORT.results(scope)

    assert again.now.conversations == 1
