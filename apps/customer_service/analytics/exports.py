"""The figures as rows of a table."""

from dataclasses import asdict, fields
from typing import Any

from apps.core.tables import Row
from apps.customer_service.analytics.report import Report
from apps.customer_service.analytics.totals import Totals


def figure_rows(report: Report) -> list[Row]:
    """Each total with the same of the period before; shares as parts of one."""
    rows: list[Row] = [
        {
            "figure": field.name,
            "now": getattr(report.now, field.name),
            "before": getattr(report.before, field.name),
        }
        for field in fields(Totals)
    ]
    rows += [
        {
            "figure": name,
            "now": _part(getattr(report.now, name)),
            "before": _part(getattr(report.before, name)),
        }
        for name in SHARES
    ]
    rows += [
        {"figure": f"handoffs_{each.reason}", "now": each.count, "before": each.before}
        for each in report.reasons
    ]
    costs = asdict(report.costs) | {"per_resolved": report.costs.per_resolved}
    return rows + [{"figure": f"cost_{name}", "now": value, "before": None} for name, value in costs.items()]


SHARES = tuple(name for name in vars(Totals) if name.endswith("_share"))


def _part(share: Any) -> float | None:
    return round(share.part / share.whole, 4) if share.whole > 0 else None
