"""The way of a visitor's message, from the request of the chat page to the stored answer, becomes no longer."""

import json
import os
from collections import Counter

import pytest

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Message
from apps.inference.models import Endpoint
from apps.jobs import runs
from apps.jobs.runs import run_next_job
from stack.code_measures import MESSAGE_TRIP, message_files
from tests.architecture import message_trip
from tests.architecture.asked_of_stores import asked_of_stores
from tests.architecture.message_trip import Trip
from tests.customer_service.conftest import Say
from tests.customer_service.visitor_fixtures import VisitorBrowser

RECORD = "KONGMING_RECORD_TRIP"
HOW = f"{RECORD}=1 ./kongming test tests/customer_service/test_message_trip.py"
HEADING = f"""\
# The files that a visitor's message meets (POST and worker), in this order, and from how many others of ours each is
# entered: tests/architecture/message_trip.py says what counts. The list only shrinks; write it anew after that:
#   {HOW}
"""

# What one message asks of PostgreSQL and of Redis: statements, and commands that go out together. They only fall;
# docs/decisions/token-path.md tells what they cost.
STATEMENTS = {"POST": 9, "worker": 24}
ROUND_TRIPS = {"POST": 2, "worker": 8}


@pytest.fixture(autouse=True)
def _no_row_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a run takes so long that its row is told of its stage."""
    monkeypatch.setattr(runs, "PROGRESS_ROW_SECONDS", 3600)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_message_meets_no_more_files_than_before(channel: Channel, embedding: Endpoint, says: Say) -> None:
    trip = the_trip(channel, says)

    counts, recorded = trip.counts(), Counter(message_files(message_trip.ROOT))
    grown = {path: sorted(trip.entries[path]) for path in counts if counts[path] > recorded[path]}
    assert grown == {}, "the way of a message became longer"
    if os.environ.get(RECORD):
        (message_trip.ROOT / MESSAGE_TRIP).write_text(
            HEADING + "".join(f"{count} {path}\n" for path, count in counts.items())
        )
    assert message_files(message_trip.ROOT) == counts, f"the way of a message became shorter: {HOW}"


@pytest.mark.django_db(transaction=True)
def test_a_message_asks_the_database_and_redis_no_more_than_before(
    channel: Channel, embedding: Endpoint, says: Say
) -> None:
    visitor = visitor_before_a_second_message(channel, says)

    with asked_of_stores() as by_post:
        send(visitor)
    with asked_of_stores() as by_worker:
        work()

    asked = {"POST": by_post, "worker": by_worker}
    statements = {name: each.statements for name, each in asked.items()}
    assert {name: len(each) for name, each in statements.items()} == STATEMENTS, json.dumps(
        statements, indent=1
    )
    round_trips = {name: each.round_trips for name, each in asked.items()}
    assert {name: len(each) for name, each in round_trips.items()} == ROUND_TRIPS, json.dumps(round_trips)


def the_trip(channel: Channel, says: Say) -> Trip:
    visitor = visitor_before_a_second_message(channel, says)
    trip = Trip()
    with trip.followed():
        send(visitor)
        work()
    answer = Message.objects.filter(conversation=visitor.conversation).latest("ordinal")
    assert (answer.ordinal, answer.source, answer.unsupported_count) == (4, Message.Source.MODEL, 0)
    return trip


def visitor_before_a_second_message(channel: Channel, says: Say) -> VisitorBrowser:
    """A model will answer it from passages. What is loaded once for good was loaded by the first."""
    visitor = VisitorBrowser(channel)
    work()
    assert visitor.get().status_code == 200
    message_trip.forget_texts()
    says("Delivery inside the city takes two to four working days [1].")
    return visitor


def send(visitor: VisitorBrowser) -> None:
    sent = visitor.post("messages", {"text": "How long does delivery inside the city take?"})
    assert sent.status_code == 202


def work() -> None:
    """What the message in Celery's queue starts."""
    run_next_job.apply(args=["interactive"])
