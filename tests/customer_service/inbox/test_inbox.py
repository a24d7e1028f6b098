"""The list of the inbox: views, counts, filters, search, what rows show, and at what price."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.contacts import services as contacts
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.inbox import selectors as inbox
from apps.customer_service.inbox import tags
from apps.customer_service.messengers.intake import say_that_files_are_not_read
from apps.customer_service.understanding.models import Intent, MessageUnderstanding
from tests.customer_service.conftest import Desk
from tests.customer_service.desk_people import browser_of

HTMX = {"HX-Request": "true"}


def shown(browser: Client, query: str = "") -> list[str]:
    """The ids of the conversations in the list."""
    page = browser.get(f"/conversations/{query}").content.decode()
    return re.findall(r'data-conversation="([0-9a-f-]{36})" data-messages', page)


def counts(actor: Actor) -> dict[str, int | None]:
    return {tab.view: tab.count for tab in inbox.tabs(actor)}


def changed(conversation: Conversation, **fields: Any) -> Conversation:
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    return conversation


@pytest.fixture
def five(desk: Desk) -> dict[str, Conversation]:
    """One conversation in each standing."""
    made = {name: desk.open(f"{name}?").conversation for name in ("bot", "queue", "own", "resolved", "other")}
    changed(made["queue"], answered_by="queue", answer_job=None)
    services.take_over(desk.actor, conversation_id=made["own"].pk)
    services.resolve(desk.actor, conversation_id=made["resolved"].pk)
    return made


@pytest.mark.slow
def test_each_view_holds_what_its_name_says(
    alice_browser: Client, desk: Desk, five: dict[str, Conversation]
) -> None:
    def ids(*names: str) -> set[str]:
        return {str(five[name].pk) for name in names}

    assert set(shown(alice_browser)) == ids("bot", "queue", "own", "other")
    assert set(shown(alice_browser, "?view=mine")) == ids("own")
    assert set(shown(alice_browser, "?view=waiting")) == ids("queue", "own")
    assert set(shown(alice_browser, "?view=bot")) == ids("bot", "other")
    assert set(shown(alice_browser, "?view=resolved")) == ids("resolved")
    assert len(shown(alice_browser, "?view=all")) == 5
    assert counts(desk.actor) == {"open": 4, "mine": 1, "waiting": 2, "bot": 2, "resolved": 1}


def test_what_the_platform_says_itself_is_no_answer_to_who_waits(
    desk: Desk, five: dict[str, Conversation]
) -> None:
    say_that_files_are_not_read(five["own"], ("photo",), key="photo")

    assert counts(desk.actor)["waiting"] == 2
    services.reply(desk.actor, conversation_id=five["own"].pk, text="I see.")
    assert counts(desk.actor)["waiting"] == 1


def test_the_counts_come_from_one_query(
    desk: Desk, five: dict[str, Conversation], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        inbox.tabs(desk.actor)


def test_many_resolved_are_not_counted_to_the_end(
    desk: Desk, five: dict[str, Conversation], monkeypatch: pytest.MonkeyPatch
) -> None:
    services.resolve(desk.actor, conversation_id=five["bot"].pk)
    monkeypatch.setattr(inbox, "COUNTED_RESOLVED", 2)

    assert inbox.tabs(desk.actor)[-1].count_label == "1+"


def test_who_waits_longest_is_first_and_urgent_ones_before(alice_browser: Client, desk: Desk) -> None:
    made = [desk.open(f"{number}").conversation for number in range(3)]
    for minutes, conversation in enumerate(made):
        moved_at = timezone.now() - timedelta(minutes=minutes)
        changed(conversation, answered_by="queue", answer_job=None, last_activity_at=moved_at)
    changed(made[0], is_urgent=True)

    assert shown(alice_browser, "?view=waiting") == [str(made[place].pk) for place in (0, 2, 1)]


def queries_of(browser: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get("/conversations/", headers=HTMX).status_code == 200
    return len(captured)


@pytest.mark.slow
def test_forty_rows_need_as_many_queries_as_one(alice_browser: Client, desk: Desk, dora_actor: Actor) -> None:
    def busy(number: int) -> None:
        conversation = desk.open(f"Question {number}?").conversation
        services.take_over(dora_actor, conversation_id=conversation.pk)
        tags.add_tag(desk.actor, conversation_id=conversation.pk, name=f"tag {number % 3}")
        Handoff.objects.create(
            organisation=conversation.organisation,
            conversation=conversation,
            reason="asked",
            due_at=timezone.now(),
        )
        Rating.objects.create(organisation=conversation.organisation, conversation=conversation, score=4)

    busy(0)
    # The first page of a while also asks for the organisation's time zone.
    queries_of(alice_browser)
    for_one = queries_of(alice_browser)
    for number in range(1, inbox.ROWS):
        busy(number)

    assert len(shown(alice_browser)) == inbox.ROWS
    assert queries_of(alice_browser) == for_one <= 9


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("channel={channel}", "first"),
        ("tag={tag}", "first"),
        ("intent=refund", "first"),
        ("sentiment=negative", "first"),
        ("sentiment=neutral", "second"),
        ("assigned={member}", "first"),
        ("assigned=nobody", "second"),
        ("language=zh-hans", "first"),
        ("search=parcel", "first"),
        ("search=PARCEL", "first"),
        ("search=Xenia", "first"),
        ("search=xenia@example", "first"),
        ("search=wholesale", "first"),
        ("assigned=nonsense", "both"),
        ("channel=nonsense", "both"),
        ("sentiment=nonsense", "both"),
    ],
)
def test_filters_and_search_narrow_the_list(alice_browser: Client, desk: Desk, query: str, fits: str) -> None:
    first, second = desk.open("Where is my parcel?").conversation, desk.open("Hello").conversation
    other = Channel.objects.create(organisation=first.organisation, name="Other", language="en")
    assert desk.actor.member
    changed(
        first,
        assigned_to=desk.actor.member,
        channel=other,
        trend=-0.5,
        language="zh-hans",
        visitor_id="xenia",
    )
    contacts.describe_visitor(desk.actor, conversation_id=first.pk, name="Xenia", email="xenia@example.org")
    tag = tags.add_tag(desk.actor, conversation_id=first.pk, name="wholesale")
    Intent.objects.create(organisation=first.organisation, name="refund")
    MessageUnderstanding.objects.create(
        organisation=first.organisation,
        message=Message.objects.get(conversation=first),
        intent="refund",
        sentiment="negative",
        trend=-0.5,
        is_urgent=False,
        language="en",
    )
    address = query.format(channel=other.pk, tag=tag.pk, member=desk.actor.member.pk)

    found = shown(alice_browser, f"?{address}")

    expected = {"first": [first], "second": [second], "both": [first, second]}[fits]
    assert sorted(found) == sorted(str(each.pk) for each in expected)


def test_what_was_said_is_searched_only_where_it_is_recent(
    alice_browser: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = desk.open("An old parcel").conversation
    changed(old, last_activity_at=timezone.now() - timedelta(days=1))
    new = desk.open("A new parcel").conversation
    monkeypatch.setattr(inbox, "SEARCHED_CONVERSATIONS", 1)

    assert shown(alice_browser, "?search=parcel") == [str(new.pk)]


@pytest.mark.slow
def test_more_rows_are_on_the_next_page(
    alice_browser: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "ROWS", 2)
    made = [str(desk.open(f"{number}").conversation.pk) for number in range(3)]

    assert shown(alice_browser) == [made[2], made[1]]
    assert shown(alice_browser, "?page=2") == [made[0]]
    assert shown(alice_browser, "?page=nonsense") == [made[2], made[1]]


def test_a_row_marks_what_nobody_of_staff_has_read(
    alice_browser: Client, desk: Desk, five: dict[str, Conversation]
) -> None:
    page = alice_browser.get("/conversations/?view=waiting").content.decode()
    assert page.count("desk-row-unread") == 2

    alice_browser.get(f"/conversations/{five['own'].pk}/")

    page = alice_browser.get("/conversations/?view=waiting").content.decode()
    assert page.count("desk-row-unread") == 1


def test_who_only_looks_reads_nothing_off(desk: Desk, five: dict[str, Conversation], charlie: User) -> None:
    charlie.memberships.update(role="analyst")

    browser_of(charlie).get(f"/conversations/{five['own'].pk}/")

    five["own"].refresh_from_db()
    assert five["own"].read_through == 0


def test_an_overdue_row_says_so(alice_browser: Client, five: dict[str, Conversation]) -> None:
    Handoff.objects.create(
        organisation=five["queue"].organisation,
        conversation=five["queue"],
        reason="asked",
        due_at=timezone.now() - timedelta(minutes=1),
    )

    page = alice_browser.get("/conversations/?view=waiting").content.decode()

    assert 'class="badge badge-bad" title="Reply due by then"' in page
    Handoff.objects.update(conversation=five["own"], state=Handoff.State.ACCEPTED)
    page = alice_browser.get("/conversations/?view=waiting").content.decode()
    assert "Reply due by then" not in page


def test_an_empty_inbox_says_what_to_do_and_an_empty_search_how_to_go_on(
    alice_browser: Client, channel: Channel
) -> None:
    assert "See the channels" in alice_browser.get("/conversations/").content.decode()
    page = alice_browser.get("/conversations/?search=nothing").content.decode()
    assert "View all conversations" in page


def test_the_list_is_refreshed_alone(alice_browser: Client, desk: Desk) -> None:
    desk.open("Hello")

    part = alice_browser.get("/conversations/?view=open", headers=HTMX).content.decode()

    assert part.lstrip().startswith('<div id="conversation-rows" hx-get="/conversations/?view=open"')
    assert "<html" not in part
