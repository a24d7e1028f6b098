"""Judges the desk benchmark from what is stored: was anything answered twice, was anything lost, how soon was it seen?"""

import itertools
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.desk_people import FROM_PERSON, TO_PERSON, Act, Desk, Sent
from benchmarks.desk_watch import Watcher

PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Said:
    """A stored turn. `at` in seconds since the epoch."""

    turn: str
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

    started = time.monotonic()
    try:
        while Job.objects.active().filter(queue="interactive").exists():
            if time.monotonic() - started > PATIENCE_SECONDS:
                break
            time.sleep(0.2)
        return time.monotonic() - started
    finally:
        connection.close()


def figures(desk: Desk) -> dict[str, Any]:
    said = stored_turns()
    acts = _grouped(desk.acts)
    doubled = sum(double_answers(turns, acts.get(key, [])) for key, turns in said.items())
    authors = Counter(turn.author for turns in said.values() for turn in turns)
    owed, failed = _owed_by_nobody()
    return {
        "double_answers": doubled,
        "lost": lost_messages(desk.sent, said) + owed,
        "failed_answers": failed,
        "conversations": len(desk.conversations),
        "messages": sum(each.author == "visitor" for each in desk.sent),
        "answers": authors["bot"],
        "replies": authors["agent"],
        "handoffs": _handoffs(),
        "conflicts": desk.conflicts,
    }


def stored_turns() -> dict[str, list[Said]]:
    """By conversation, in order."""
    from apps.customer_service.models import Turn

    names = ("pk", "conversation_id", "ordinal", "author", "text", "created_at", "answers_id")
    said: dict[str, list[Said]] = defaultdict(list)
    for turn, conversation, ordinal, author, text, created_at, answers in (
        Turn.objects.order_by("conversation", "ordinal").values_list(*names).iterator()
    ):
        said[str(conversation)].append(
            Said(
                str(turn),
                str(conversation),
                ordinal,
                author,
                text,
                created_at.timestamp(),
                str(answers or ""),
            )
        )
    return said


def double_answers(turns: Sequence[Said], acts: Sequence[Act]) -> int:
    """Answers of the bot that should not be: a second one, one after a person's, one while a person answers.

    A person may add to an answer of the bot: who takes over has seen it.
    """
    doubled, is_answered = 0, False
    spans = person_spans(acts)
    for turn in turns:
        if turn.author == "visitor":
            is_answered = False
        elif turn.author == "bot":
            is_in_span = any(begin < turn.at < end for begin, end in spans)
            doubled += is_answered or is_in_span
            is_answered = True
        elif turn.author == "agent":
            is_answered = True
    answered = Counter(turn.answers for turn in turns if turn.answers)
    return doubled + sum(count - 1 for count in answered.values())


def person_spans(acts: Sequence[Act]) -> list[tuple[float, float]]:
    """When certainly a person was in charge. What overlaps says nothing about which came first."""
    releases = [act for act in acts if act.name in FROM_PERSON]
    spans = []
    for act in acts:
        if act.name not in TO_PERSON:
            continue
        later = [release for release in releases if release.ended > act.began]
        end = min((release.began for release in later), default=float("inf"))
        if end > act.ended:
            spans.append((act.ended, end))
    return spans


def lost_messages(sent: Iterable[Sent], said: dict[str, list[Said]]) -> int:
    """Accepted but not stored as they were sent, stored in another order, or gaps between what is stored."""
    stored = {turn.turn: turn for turns in said.values() for turn in turns}
    lost, places = 0, defaultdict(list)
    for each in sent:
        turn = stored.get(each.turn)
        is_kept = turn is not None and (turn.conversation, turn.text, turn.author) == (
            each.conversation,
            each.text,
            each.author,
        )
        lost += not is_kept
        if turn and each.author == "visitor":
            places[each.conversation].append(turn.ordinal)
    lost += sum(after <= before for row in places.values() for before, after in itertools.pairwise(row))
    gaps = [[turn.ordinal for turn in turns] != list(range(1, len(turns) + 1)) for turns in said.values()]
    return lost + sum(gaps)


def inbox_figures(watchers: Sequence[Watcher], *, since: float) -> dict[str, Any]:
    """From when a turn is written until a watcher heard of it, and until its rows showed it.

    Not of the seconds in which all conversations begin: more of them move then than the first page of an inbox shows.
    """
    turns = [turn for row in stored_turns().values() for turn in row if turn.at >= since]
    heard, shown, unseen = [], [], 0
    for turn, watcher in itertools.product(turns, watchers):
        heard_at = next((at for at in watcher.heard.get(turn.conversation, []) if at >= turn.at), None)
        shown_at = next(
            (at for at, count in watcher.shown.get(turn.conversation, []) if count >= turn.ordinal), None
        )
        unseen += shown_at is None
        heard += [heard_at - turn.at] if heard_at else []
        shown += [shown_at - turn.at] if shown_at else []
    refreshes = [seconds for watcher in watchers for seconds in watcher.refresh_seconds]
    return {
        "inbox_p50_ms": _percentile_ms(shown, 50),
        "inbox_p95_ms": _percentile_ms(shown, 95),
        "inbox_max_ms": round(1000 * max(shown, default=0.0), 1),
        "heard_p95_ms": _percentile_ms(heard, 95),
        "refresh_p50_ms": _percentile_ms(refreshes, 50),
        "refreshes": len(refreshes),
        "unseen": unseen,
    }


def _owed_by_nobody() -> tuple[int, int]:
    """Visitors who wait while neither a job nor a person owes them an answer; and whose answer failed."""
    from apps.customer_service.models import Conversation, Handoff, Turn
    from apps.jobs.models import Job

    owed = failed = 0
    open_ones = Conversation.objects.open().select_related("answer_job")
    for conversation in open_ones:
        last = conversation.turns.exclude(author=Turn.Author.NOTICE).order_by("-ordinal").first()
        if last is None or last.author != Turn.Author.VISITOR:
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


def _handoffs() -> int:
    from apps.customer_service.models import Handoff

    return Handoff.objects.count()


def _grouped(acts: Iterable[Act]) -> dict[str, list[Act]]:
    grouped: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        grouped[act.conversation].append(act)
    return grouped


def _percentile_ms(seconds: list[float], percent: int) -> float | None:
    if not seconds:
        return None
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else seconds * 99
    return round(1000 * cuts[percent - 1], 1)
