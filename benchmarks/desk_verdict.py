"""Judges the desk benchmark from what is stored: was anything answered twice, was anything lost, how soon was it seen?"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.desk_people import FROM_PERSON, TO_PERSON, Act, Desk, SentMessage
from benchmarks.desk_watch import Watcher
from benchmarks.waiting import milliseconds, wait_until

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class StoredMessage:
    """A stored message. `at` in seconds since the epoch."""

    id: str
    conversation: str
    ordinal: int
    author: str
    text: str
    at: float
    answers: str | None = None


def wait_until_settled() -> float:
    """Until nothing is being answered; how long that took."""
    from django.db import connection

    from apps.jobs.models import Job

    active = Job.objects.active().filter(queue="interactive")
    try:
        return wait_until("nothing is being answered", lambda: not active.exists(), seconds=PATIENCE_SECONDS)
    except TimeoutError:
        return PATIENCE_SECONDS
    finally:
        connection.close()


def figures(desk: Desk) -> dict[str, Any]:
    from apps.customer_service.handoff.models import Handoff

    messages_by_conversation = stored_messages()
    acts: dict[str, list[Act]] = defaultdict(list)
    for act in desk.acts:
        acts[act.conversation].append(act)
    double_count = sum(
        double_answers(messages, acts.get(key, [])) for key, messages in messages_by_conversation.items()
    )
    authors = Counter(
        message.author for messages in messages_by_conversation.values() for message in messages
    )
    owed_count, failures = _answers_owed_by_nobody()
    return {
        "double_answers": double_count,
        "lost": lost_messages(desk.messages, messages_by_conversation) + owed_count,
        "failed_answers": failures,
        "conversations": len(desk.conversations),
        "messages": sum(each.author == "visitor" for each in desk.messages),
        "answers": authors["bot"],
        "replies": authors["agent"],
        "handoffs": Handoff.objects.count(),
        "conflicts": desk.conflicts,
    }


def stored_messages() -> dict[str, list[StoredMessage]]:
    """By conversation, in order."""
    from apps.customer_service.conversations.models import Message

    names = ("pk", "conversation_id", "ordinal", "author", "text", "created_at", "answers_id")
    messages_by_conversation: dict[str, list[StoredMessage]] = defaultdict(list)
    for message, conversation, ordinal, author, text, created_at, answers in (
        Message.objects.order_by("conversation", "ordinal").values_list(*names).iterator()
    ):
        messages_by_conversation[str(conversation)].append(
            StoredMessage(
                str(message),
                str(conversation),
                ordinal,
                author,
                text,
                created_at.timestamp(),
                str(answers or ""),
            )
        )
    return messages_by_conversation


def double_answers(messages: Sequence[StoredMessage], acts: Sequence[Act]) -> int:
    """Answers of the bot that should not be: a second one, one after a person's, one while a person answers.

    A person may add to an answer of the bot: who takes over has seen it.
    """
    count_double, is_answered = 0, False
    spans = person_spans(acts)
    for message in messages:
        if message.author == "visitor":
            is_answered = False
        elif message.author == "bot":
            is_in_span = any(begin < message.at < end for begin, end in spans)
            count_double += is_answered or is_in_span
            is_answered = True
        elif message.author == "agent":
            is_answered = True
    answers_to = Counter(message.answers for message in messages if message.answers)
    return count_double + sum(count - 1 for count in answers_to.values())


def person_spans(acts: Sequence[Act]) -> list[tuple[float, float]]:
    """When certainly a person was in charge. What overlaps says nothing about which came first."""
    releases = [act for act in acts if act.name in FROM_PERSON]
    spans = []
    for act in acts:
        if act.name not in TO_PERSON:
            continue
        later = [release for release in releases if release.ended_at > act.began_at]
        end = min((release.began_at for release in later), default=float("inf"))
        if end > act.ended_at:
            spans.append((act.ended_at, end))
    return spans


def lost_messages(
    sent: Iterable[SentMessage], messages_by_conversation: dict[str, list[StoredMessage]]
) -> int:
    """Accepted but not stored as they were sent, stored in another order, or gaps between what is stored."""
    stored_by_id = {
        message.id: message for messages in messages_by_conversation.values() for message in messages
    }
    lost_count, places = 0, defaultdict(list)
    for each in sent:
        message = stored_by_id.get(each.id)
        is_kept = message is not None and (message.conversation, message.text, message.author) == (
            each.conversation,
            each.text,
            each.author,
        )
        lost_count += not is_kept
        if message and each.author == "visitor":
            places[each.conversation].append(message.ordinal)
    lost_count += sum(after <= before for row in places.values() for before, after in itertools.pairwise(row))
    gaps = [
        [message.ordinal for message in messages] != list(range(1, len(messages) + 1))
        for messages in messages_by_conversation.values()
    ]
    return lost_count + sum(gaps)


def inbox_figures(watchers: Sequence[Watcher], *, since: float) -> dict[str, Any]:
    """From when a message is written until a watcher heard of it, and until its rows showed it.

    Not of the seconds in which all conversations begin: more of them move then than the first page of an inbox shows.
    """
    messages = [message for row in stored_messages().values() for message in row if message.at >= since]
    heard_after, shown_after, unseen = [], [], 0
    for message, watcher in itertools.product(messages, watchers):
        heard_at = next((at for at in watcher.heard.get(message.conversation, []) if at >= message.at), None)
        shown_at = next(
            (at for at, count in watcher.shown.get(message.conversation, []) if count >= message.ordinal),
            None,
        )
        unseen += shown_at is None
        heard_after += [heard_at - message.at] if heard_at else []
        shown_after += [shown_at - message.at] if shown_at else []
    refreshes = [seconds for watcher in watchers for seconds in watcher.refresh_seconds]
    return {
        "inbox_p50_ms": milliseconds(shown_after, 50),
        "inbox_p95_ms": milliseconds(shown_after, 95),
        "inbox_max_ms": round(1000 * max(shown_after, default=0.0), 1),
        "heard_p95_ms": milliseconds(heard_after, 95),
        "refresh_p50_ms": milliseconds(refreshes, 50),
        "refreshes": len(refreshes),
        "unseen": unseen,
    }


def _answers_owed_by_nobody() -> tuple[int, int]:
    """Visitors who wait while neither a job nor a person owes them an answer; and whose answer failed."""
    from apps.customer_service.conversations.models import Conversation, Message
    from apps.customer_service.handoff.models import Handoff
    from apps.jobs.models import Job

    owed = failed = 0
    open_ones = Conversation.objects.open().select_related("answer_job")
    for conversation in open_ones:
        last = conversation.messages.exclude(author=Message.Author.NOTICE).order_by("-ordinal").first()
        if last is None or last.author != Message.Author.VISITOR:
            continue
        job = conversation.answer_job
        if conversation.answered_by == "bot":
            owed += job is None or job.state != Job.State.FAILED
            failed += job is not None and job.state == Job.State.FAILED
        elif conversation.answered_by == "queue":
            owed += not Handoff.objects.waiting().filter(conversation=conversation).exists()
        else:
            owed += conversation.handled_by_id is None
    return owed, failed
