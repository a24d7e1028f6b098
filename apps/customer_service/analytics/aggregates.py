"""The facts added up in the database: one statement, however many conversations."""

import json
from typing import Any

from django.db import connection, transaction

from apps.customer_service.analytics.fact_rows import FACTS, Scope

MOST_INTENTS = 12
# Sorting a hundred thousand conversations on the disk would take twice as long.
MEMORY = "64MB"


def aggregates(scope: Scope) -> dict[str, Any]:
    """{totals, reasons, days, weeks, hours, intents, agents}, each a list of rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
        cursor.execute(_AGGREGATES, scope.parameters() | {"most_intents": MOST_INTENTS})
        found = cursor.fetchone()
    body = found[0] if found else "{}"
    summed: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return {name: rows or [] for name, rows in summed.items()}


def _spread(column: str, name: str) -> str:
    """How long half of them and nine in ten took at most, and of how many that is known."""
    return f"""
        (percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {column}))[1] AS {name}_median,
        (percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {column}))[2] AS {name}_p90,
        count({column}) AS {name}_count"""


_TOTALS = f"""
    SELECT is_now, count(*) AS conversations, sum(messages) AS messages,
        count(*) FILTER (WHERE is_automated) AS automated,
        count(*) FILTER (WHERE is_pending) AS pending,
        count(*) FILTER (WHERE bot_answers > 0) AS answered,
        count(*) FILTER (WHERE is_deflected) AS deflected,
        count(*) FILTER (WHERE had_person) AS with_person,
        count(*) FILTER (WHERE handoffs > 0) AS handed_off,
        count(*) FILTER (WHERE state = 'resolved') AS resolved,
        count(*) FILTER (WHERE state = 'resolved' AND had_person) AS resolved_with_person,
        count(*) FILTER (WHERE is_settled) AS settled,
        count(*) FILTER (WHERE reopen_count > 0) AS reopened,
        count(score) AS ratings, avg(score) AS rating_mean,
        count(*) FILTER (WHERE score >= 4) AS ratings_good,
        count(score) FILTER (WHERE NOT had_person) AS bot_ratings,
        avg(score) FILTER (WHERE NOT had_person) AS bot_rating_mean,
        count(score) FILTER (WHERE had_person) AS person_ratings,
        avg(score) FILTER (WHERE had_person) AS person_rating_mean,
        count(trend_last) AS understood, avg(trend_last - trend_first) AS trend_change,
        count(*) FILTER (WHERE is_negative_at_end) AS ended_negative,
        sum(bot_answers) AS bot_answers, sum(unanswered) AS unanswered,
        sum(from_model) AS from_model, sum(from_curated) AS from_curated,
        sum(from_passages) AS from_passages, sum(from_lookups) AS from_lookups,
        sum(sentences) AS sentences, sum(unsupported) AS unsupported,
        {_spread("bot_seconds", "bot_first")}, {_spread("staff_seconds", "staff_first")},
        {_spread("staff_open_seconds", "staff_first_open")},
        {_spread("handle_seconds", "handle")}, {_spread("resolution_seconds", "resolution")}
    FROM facts GROUP BY is_now
"""  # noqa: S608  (constants of this module)
_REASONS = """
    SELECT handoff.reason, count(*) FILTER (WHERE is_now) AS count, count(*) FILTER (WHERE NOT is_now) AS before
    FROM facts JOIN customer_service_handoff AS handoff ON handoff.conversation_id = facts.id
    GROUP BY handoff.reason ORDER BY 2 DESC, 1
"""
_DAYS = """
    SELECT local_at::date AS day, count(*) AS conversations, sum(messages) AS messages,
        count(*) FILTER (WHERE is_automated) AS automated,
        count(*) FILTER (WHERE is_pending) AS pending,
        count(*) FILTER (WHERE had_person) AS with_person,
        count(*) FILTER (WHERE bot_answers > 0) AS answered,
        count(*) FILTER (WHERE is_deflected) AS deflected,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY bot_seconds) AS bot_first,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY staff_open_seconds) AS staff_first_open,
        avg(score) AS rating
    FROM facts WHERE is_now GROUP BY 1 ORDER BY 1
"""
_WEEKS = """
    SELECT date_trunc('week', local_at)::date AS week, count(trend_last) AS understood,
        avg(trend_last - trend_first) AS change, count(*) FILTER (WHERE is_negative_at_end) AS ended_negative
    FROM facts WHERE is_now GROUP BY 1 ORDER BY 1
"""
_HOURS = """
    SELECT extract(isodow FROM local_at)::int AS weekday, extract(hour FROM local_at)::int AS hour,
        count(*) AS conversations
    FROM facts WHERE is_now GROUP BY 1, 2 ORDER BY 1, 2
"""
_INTENTS = """
    SELECT intent, count(*) AS conversations, count(*) FILTER (WHERE is_automated) AS automated,
        count(*) FILTER (WHERE is_pending) AS pending, count(score) AS ratings, avg(score) AS rating_mean
    FROM facts WHERE is_now AND intent <> '' GROUP BY intent ORDER BY 2 DESC, 1 LIMIT %(most_intents)s
"""
_AGENTS = """
    SELECT member.id AS member, COALESCE(NULLIF(person.name, ''), person.email) AS name,
        count(*) AS conversations, sum(staff_replies) AS replies,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY staff_open_seconds) AS first_response,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY handle_seconds) AS handle_time,
        count(score) AS ratings, avg(score) AS rating_mean
    FROM facts JOIN accounts_membership AS member ON member.id = facts.member
        JOIN accounts_user AS person ON person.id = member.user_id
    WHERE is_now GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""
_PARTS = {
    "totals": _TOTALS,
    "reasons": _REASONS,
    "days": _DAYS,
    "weeks": _WEEKS,
    "hours": _HOURS,
    "intents": _INTENTS,
    "agents": _AGENTS,
}
_COLUMNS = ", ".join(
    f"'{name}', (SELECT json_agg(part) FROM ({part}) AS part)"  # noqa: S608
    for name, part in _PARTS.items()
)
_AGGREGATES = f"WITH {FACTS} SELECT json_build_object({_COLUMNS})"
