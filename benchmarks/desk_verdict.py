"""Judges the desk benchmark from what is stored: was anything answered twice, was anything lost, how soon was it seen?"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.jobs.models import Job
from benchmarks.desk import FROM_PERSON, TO_PERSON, Act, Desk, SentMessage, Watcher
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
    active = Job.objects.active().filter(queue="interactive")
    try:
        return wait_until("nothing is being answered", lambda: not active.exists(), seconds=PATIENCE_SECONDS)
    except TimeoutError:
        return PATIENCE_SECONDS
    finally:
        connection.close()


def figures(desk: Desk) -> dict[str, Any]:
    messages_by_conversation = stored_messages()
    acts: dict[str, list[Act]] = defaultdict(list)
    for act in desk.acts:
        acts[act.conversation].append(act)
    every = messages_by_conversation.items()
    authors = Counter(message.author for _key, messages in every for message in messages)
    owed_count, failures = _answers_owed_by_nobody()
    return {
        "double_answers": sum(double_answers(messages, acts.get(key, [])) for key, messages in every),
        "lost": lost_messages(desk.messages, messages_by_conversation) + owed_count,
        "failed_answers": failures,
        "conversations": len(desk.conversations),
        "messages": sum(each.author == "visitor" for each in desk.messages),
        "answers": authors["bot"],
        "replies": authors["agent"],
        "handoffs": Handoff.objects.count(),
        "conflicts": desk.client.counts["conflicts"],
    }


def stored_messages() -> dict[str, list[StoredMessage]]:
    """By conversation, in order."""
    names = ("pk", "conversation_id", "ordinal", "author", "text", "created_at", "answers_id")
    rows = Message.objects.order_by("conversation", "ordinal").values_list(*names)
    by_conversation: dict[str, list[StoredMessage]] = defaultdict(list)
    for message, conversation, ordinal, author, text, created_at, answers in rows.iterator():
        told = (ordinal, author, text, created_at.timestamp(), str(answers or ""))
        by_conversation[str(conversation)].append(StoredMessage(str(message), str(conversation), *told))
    return by_conversation


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
    releases, spans = [act for act in acts if act.name in FROM_PERSON], []
    for act in (act for act in acts if act.name in TO_PERSON):
        later = (release.began_at for release in releases if release.ended_at > act.began_at)
        end = min(later, default=float("inf"))
        if end > act.ended_at:
            spans.append((act.ended_at, end))
    return spans


def lost_messages(
    sent: Iterable[SentMessage], messages_by_conversation: dict[str, list[StoredMessage]]
) -> int:
    """Accepted but not stored as they were sent, stored in another order, or gaps between what is stored."""
    every = list(messages_by_conversation.values())
    stored_by_id = {message.id: message for messages in every for message in messages}
    lost_count, places = 0, defaultdict(list)
    for each in sent:
        message = stored_by_id.get(each.id)
        told = message and SentMessage(message.conversation, message.id, message.text, message.author)
        lost_count += told != each
        if message and each.author == "visitor":
            places[each.conversation].append(message.ordinal)
    lost_count += sum(after <= before for row in places.values() for before, after in itertools.pairwise(row))
    ordinals = ([message.ordinal for message in messages] for messages in every)
    return lost_count + sum(row != list(range(1, len(row) + 1)) for row in ordinals)


def inbox_figures(watchers: Sequence[Watcher], *, since: float) -> dict[str, Any]:
    """From when a message is written until a watcher heard of it, and until its rows showed it.

    Not of the seconds in which all conversations begin: more of them move then than the first page of an inbox shows.
    """
    messages = [message for row in stored_messages().values() for message in row if message.at >= since]
    heard_after, shown_after, unseen = [], [], 0
    for message, watcher in itertools.product(messages, watchers):
        heard = watcher.heard.get(message.conversation, [])
        shown = watcher.shown.get(message.conversation, [])
        heard_at = next((at for at in heard if at >= message.at), None)
        shown_at = next((at for at, count in shown if count >= message.ordinal), None)
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
    owed = failed = 0
    for conversation in Conversation.objects.open().select_related("answer_job"):
        last = conversation.messages.exclude(author=Message.Author.NOTICE).order_by("-ordinal").first()
        if last is None or last.author != Message.Author.VISITOR:
            continue
        if conversation.answered_by == "bot":
            job = conversation.answer_job
            has_failed = job is not None and job.state == Job.State.FAILED
            failed, owed = failed + has_failed, owed + (not has_failed)
        elif conversation.answered_by == "queue":
            owed += not Handoff.objects.waiting().filter(conversation=conversation).exists()
        else:
            owed += conversation.handled_by_id is None
    return owed, failed
