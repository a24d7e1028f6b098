"""The facts added up in the database: one statement, however many conversations."""

import json
from typing import Any

from django.db import connection, transaction

from apps.analytics.reports import Scope, measures_of
from apps.customer_service.analytics.fact_rows import FACTS, parameters
from apps.customer_service.analytics.totals import Totals

MAX_INTENTS = 12
# Sorting a hundred thousand conversations on the disk would take twice as long.
MEMORY = "64MB"
MEASURES = measures_of(Totals)


def aggregates(scope: Scope) -> dict[str, Any]:
    """{totals, reasons, days, weeks, hours, intents, agents}, each a list of rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
        cursor.execute(_AGGREGATES, parameters(scope) | {"max_intents": MAX_INTENTS})
        row = cursor.fetchone()
    body = row[0] if row else "{}"
    sums: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    return {name: rows or [] for name, rows in sums.items()}


def _totals(key: str, *names: str, rest: str = "WHERE is_now GROUP BY 1 ORDER BY 1") -> str:
    """These fields of `Totals` of each group; a percentile sorts each, so a part asks for those it shows."""
    columns = ", ".join(f"{MEASURES[name]} AS {name}" for name in names)
    return f"SELECT {key}, {columns} FROM facts {rest}"  # noqa: S608  (constants of this module)


_PARTS = {
    "totals": _totals("is_now", *MEASURES, rest="GROUP BY is_now"),
    "reasons": """
        SELECT handoff.reason, count(*) FILTER (WHERE is_now) AS count, count(*) FILTER (WHERE NOT is_now) AS before
        FROM facts JOIN customer_service_handoff AS handoff ON handoff.conversation_id = facts.id
        GROUP BY handoff.reason ORDER BY 2 DESC, 1
    """,
    "days": _totals(
        "local_at::date AS key", "conversations", "messages", "automated", "pending", "with_person", "answered",
        "deflected", "reopened", "settled", "resolved", "resolved_with_person", "bot_answers", "unanswered",
        "sentences", "unsupported", "bot_first_median", "staff_first_open_median", "ratings", "rating_mean",
        "understood", "trend_change",
    ),
    "weeks": _totals(
        "date_trunc('week', local_at)::date AS key", "understood", "trend_change", "ended_negative"
    ),
    "hours": """
        SELECT extract(isodow FROM local_at)::int AS weekday, extract(hour FROM local_at)::int AS hour,
            count(*) AS conversations
        FROM facts WHERE is_now GROUP BY 1, 2 ORDER BY 1, 2
    """,
    "intents": _totals(
        "intent AS key", "conversations", "automated", "pending", "ratings", "rating_mean",
        rest="WHERE is_now AND intent <> '' GROUP BY intent ORDER BY conversations DESC, 1 LIMIT %(max_intents)s",
    ),
    "agents": _totals(
        "member.id AS member, COALESCE(NULLIF(person.name, ''), person.email) AS name", "conversations",
        "staff_replies", "staff_first_open_median", "handle_median", "ratings", "rating_mean",
        rest="""
            JOIN accounts_membership AS member ON member.id = facts.member
            JOIN accounts_user AS person ON person.id = member.user_id
            WHERE is_now GROUP BY 1, 2 ORDER BY conversations DESC, 2
        """,
    ),
}  # fmt: skip
_COLUMNS = ", ".join(
    f"'{name}', (SELECT json_agg(part) FROM ({part}) AS part)"  # noqa: S608
    for name, part in _PARTS.items()
)
_AGGREGATES = f"WITH {FACTS} SELECT json_build_object({_COLUMNS})"
