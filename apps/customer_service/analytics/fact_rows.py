"""One row per conversation with all that figures are made of. What is shown and what is exported comes from here.

A conversation belongs to the period in which it began; one in which the visitor wrote nothing is none.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.analytics.reports import Scope
from apps.customer_service.analytics.open_time import OpenTime, open_seconds
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff import selectors as staff
from domain.text.understanding.sentiment import NEGATIVE_TREND

# The rest stays in a cursor of the database, however many there are.
ROWS_AT_ONCE = 2000


def parameters(scope: Scope) -> dict[str, Any]:
    period = scope.period
    hours = staff.opening_hours(staff.desk_settings(scope.organisation))
    # Replies may come long after the period.
    open_time = OpenTime.of(hours, since=period.before.since, until=timezone.now())
    return {
        "organisation": scope.organisation.pk,
        "channel": scope.filters.get("channel"),
        "before": period.before.since,
        "since": period.since,
        "until": period.until,
        "time_zone": period.time_zone,
        "lasting_since": timezone.now() - Conversation.LASTING,
        "negative": NEGATIVE_TREND,
        **open_time.parameters(),
    }


def rows(scope: Scope) -> Iterator[dict[str, Any]]:
    """The conversations of the period, oldest first, a few at a time: as many as there are, memory stays small."""
    of_period = parameters(scope) | {"before": scope.period.since}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DECLARE facts_rows NO SCROLL CURSOR FOR {_ROWS}", of_period)
        while True:
            cursor.execute(f"FETCH {ROWS_AT_ONCE} FROM facts_rows")
            names = [column.name for column in cursor.description or ()]
            fetched_rows = cursor.fetchall()
            yield from (dict(zip(names, row, strict=True)) for row in fetched_rows)
            if not fetched_rows:
                cursor.execute("CLOSE facts_rows")
                return


_OPEN_CALL = """
    SELECT min(first.created_at) FROM customer_service_handoff AS first
    WHERE first.conversation_id = began.id AND first.created_at <= said.staff_at AND NOT EXISTS (
        SELECT FROM customer_service_handoff AS earlier
        WHERE earlier.conversation_id = began.id
            AND earlier.ended_at >= first.created_at AND earlier.ended_at < said.staff_at
            AND NOT EXISTS (
                SELECT FROM customer_service_handoff AS next
                WHERE next.conversation_id = began.id AND next.created_at <= said.staff_at
                    AND next.created_at BETWEEN earlier.ended_at AND earlier.ended_at + interval '1 minute'
            )
    )
"""
# Who replied first, and the first intent, are minima over ordinal and value together: the sums are made in one pass
# anyway, a query of their own for each conversation would be another.
# The clock of a first reply by staff (`waited`) starts with the call for a person that was still open then, or else with
# the visitor's last message before the reply. A call that ended was about another matter, except where the next follows
# at once: then the visitor was put back into the queue.
# `began` is the period before and this one together; `is_now` tells them apart.
FACTS = f"""
    began AS NOT MATERIALIZED (
        SELECT * FROM customer_service_conversation
        WHERE organisation_id = %(organisation)s AND created_at >= %(before)s AND created_at < %(until)s
            AND (%(channel)s::uuid IS NULL OR channel_id = %(channel)s::uuid)
    ),
    said AS (
        SELECT message.conversation_id,
            count(*) FILTER (WHERE author = 'visitor') AS messages,
            count(*) FILTER (WHERE author = 'bot') AS bot_answers,
            count(*) FILTER (WHERE author = 'agent') AS staff_replies,
            count(*) FILTER (WHERE is_unanswered) AS unanswered,
            count(*) FILTER (WHERE action = 'lookup') AS from_lookups,
            count(*) FILTER (WHERE source = 'model' AND action <> 'lookup') AS from_model,
            count(*) FILTER (WHERE source = 'curated') AS from_curated,
            count(*) FILTER (WHERE source = 'quote' AND action <> 'lookup') AS from_quotes,
            count(*) FILTER (WHERE source = 'passages') AS from_passages,
            COALESCE(sum(jsonb_array_length(sentences)) FILTER (WHERE author = 'bot'), 0) AS sentences,
            COALESCE(sum(jsonb_array_length(jsonb_path_query_array(sentences, '$[*] ? (@.is_supported == false)')))
                FILTER (WHERE author = 'bot'), 0) AS unsupported,
            min(message.created_at) FILTER (WHERE author = 'visitor') AS asked_at,
            min(message.created_at) FILTER (WHERE author = 'bot') AS bot_at,
            min(message.created_at) FILTER (WHERE author = 'agent') AS staff_at,
            substr(min(lpad(message.ordinal::text, 6, '0') || message.member_id) FILTER (WHERE author = 'agent'), 7)::uuid
                AS member,
            substr(min(lpad(message.ordinal::text, 6, '0') || reading.intent) FILTER (WHERE reading.intent <> ''), 7)
                AS intent,
            (min(ARRAY[message.ordinal, reading.trend]) FILTER (WHERE reading.id IS NOT NULL))[2] AS trend_first,
            (max(ARRAY[message.ordinal, reading.trend]) FILTER (WHERE reading.id IS NOT NULL))[2] AS trend_last
        FROM began JOIN customer_service_message AS message ON message.conversation_id = began.id
            LEFT JOIN customer_service_messageunderstanding AS reading ON reading.message_id = message.id
        GROUP BY message.conversation_id
    ),
    handed AS (
        SELECT handoff.conversation_id, count(*) AS handoffs,
            (array_agg(handoff.reason ORDER BY handoff.created_at))[1] AS handoff_reason,
            min(handoff.created_at) AS called_at, min(handoff.ended_at) AS ended_at,
            min(handoff.accepted_at) AS accepted_at,
            (array_agg(handoff.accepted_by_id ORDER BY handoff.accepted_at)
                FILTER (WHERE handoff.accepted_by_id IS NOT NULL))[1] AS accepted_by
        FROM began JOIN customer_service_handoff AS handoff ON handoff.conversation_id = began.id
        GROUP BY handoff.conversation_id
    ),
    facts AS MATERIALIZED (
        SELECT began.id, began.created_at >= %(since)s AS is_now, began.channel_id, began.created_at,
            began.created_at AT TIME ZONE %(time_zone)s AS local_at,
            began.language, began.state, began.resolution, began.resolved_at, began.had_person, began.reopen_count,
            said.messages, said.bot_answers, said.staff_replies, said.unanswered,
            said.from_model, said.from_curated, said.from_quotes, said.from_passages, said.from_lookups,
            said.sentences, said.unsupported,
            COALESCE(handed.handoffs, 0) AS handoffs, COALESCE(handed.handoff_reason, '') AS handoff_reason,
            COALESCE(said.member, handed.accepted_by) AS member,
            COALESCE(said.intent, '') AS intent, said.trend_first, said.trend_last,
            said.trend_last <= %(negative)s AS is_negative_at_end,
            rating.score, began.state = 'resolved' OR began.reopen_count > 0 AS is_settled,
            NOT began.had_person AND began.resolution <> 'person' AND NOT began.is_reopened_soon
                AND (began.resolved_at <= %(lasting_since)s OR (began.state = 'open' AND began.reopen_count > 0))
                AS is_automated,
            NOT began.had_person AND began.resolution <> 'person' AND NOT began.is_reopened_soon
                AND began.state = 'resolved' AND began.resolved_at > %(lasting_since)s AS is_pending,
            said.bot_answers > 0 AND handed.handoffs IS NULL AND NOT began.had_person AS is_deflected,
            extract(epoch FROM said.bot_at - said.asked_at) AS bot_seconds,
            extract(epoch FROM said.staff_at - waited.since) AS staff_seconds,
            CASE WHEN waited.since IS NOT NULL THEN {open_seconds("waited.since", "said.staff_at")} END
                AS staff_open_seconds,
            CASE WHEN began.had_person
                THEN extract(epoch FROM began.resolved_at - LEAST(handed.accepted_at, said.staff_at)) END
                AS handle_seconds,
            extract(epoch FROM began.resolved_at - began.created_at) AS resolution_seconds
        FROM began JOIN said ON said.conversation_id = began.id AND said.messages > 0
            LEFT JOIN handed ON handed.conversation_id = began.id
            CROSS JOIN LATERAL (SELECT CASE
                WHEN said.staff_at IS NULL THEN NULL
                WHEN handed.called_at <= said.staff_at AND handed.ended_at < said.staff_at THEN ({_OPEN_CALL})
                WHEN handed.called_at <= said.staff_at THEN handed.called_at
            END AS at) AS call
            CROSS JOIN LATERAL (SELECT CASE
                WHEN said.staff_at IS NULL THEN NULL
                WHEN call.at IS NOT NULL THEN call.at
                ELSE (
                SELECT max(asked.created_at) FROM customer_service_message AS asked
                WHERE asked.conversation_id = began.id AND asked.author = 'visitor' AND asked.created_at <= said.staff_at
            ) END AS since) AS waited
            LEFT JOIN customer_service_rating AS rating ON rating.conversation_id = began.id
    )
"""  # noqa: S608  (constants of this module)
_ROWS = f"""
    WITH {FACTS}
    SELECT facts.id, facts.created_at, channel.name AS channel, facts.language, facts.state, facts.resolution,
        facts.resolved_at, facts.had_person, facts.reopen_count, facts.is_automated, facts.is_pending,
        facts.is_deflected, facts.messages, facts.bot_answers, facts.staff_replies, facts.unanswered,
        facts.from_model, facts.from_curated, facts.from_quotes, facts.from_passages, facts.from_lookups,
        facts.sentences, facts.unsupported, facts.handoffs, facts.handoff_reason, facts.intent, facts.trend_first,
        facts.trend_last, facts.score, facts.bot_seconds, facts.staff_seconds,
        facts.staff_open_seconds, facts.handle_seconds, facts.resolution_seconds
    FROM facts JOIN customer_service_channel AS channel ON channel.id = facts.channel_id
    ORDER BY facts.created_at, facts.id
"""  # noqa: S608  (constants of this module)
