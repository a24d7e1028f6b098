"""What the seven days before today were worth and what they cost, in two sentences for the start page of whoever pays."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.analytics import periods
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.analytics.values import money
from apps.core.ttl_cache import TTLCache
from apps.dashboards.usage import models_report
from apps.dashboards.usage.models_report import CallResults
from apps.dashboards.value import calculations, report

DAYS = 7
# Less than this share more or less is how weeks are.
WORTH_TELLING = Decimal("0.1")
# The days are over: only late roll-ups and changed assumptions move the numbers.
_remembered: TTLCache[list[str]] = TTLCache(seconds=600)


def week_sentences(organisation: Organisation) -> list[str]:
    """The hours that staff were spared, and the cost of models with what moved it. Nothing of a week without either."""
    today = periods.latest(1, models_report.REPORT.time_zone(organisation))
    key = (organisation.pk, today.first, get_language())
    return _remembered.get(key, lambda: _sentences(organisation, today))


def _sentences(organisation: Organisation, today: Period) -> list[str]:
    week = periods.between(
        today.first - timedelta(days=DAYS), today.first - timedelta(days=1), today.time_zone
    )
    scope = Scope(organisation, week)
    hours = calculations.staff_hours(report.REPORT.results(scope).now)
    sentences = []
    if hours.number:
        sentences.append(_("Staff hours saved in the last seven days: %(hours)s.") % {"hours": hours.text})
    calls = models_report.load(scope)
    if calls.now.cost:
        sentences.append(_cost_sentence(calls))
    return sentences


def _cost_sentence(calls: CallResults) -> str:
    cost, before = calls.now.cost, calls.before.cost
    words = {"cost": money(cost, calls.now.currency).text}
    if not before or abs(cost - before) < before * WORTH_TELLING:
        return _("Models cost %(cost)s.") % words
    moved: dict[str, Decimal] = defaultdict(Decimal)
    for sign, groups in ((1, calls.groups["models"]), (-1, calls.before_groups.get("models", []))):
        for group in groups:
            moved[group.key[0]] += sign * group.totals.cost
    model = max(moved, key=lambda name: moved[name] * (1 if cost > before else -1))
    words |= {"change": f"{100 * (cost - before) / before:+.0f}%", "model": model}
    return _("Models cost %(cost)s, %(change)s: mostly %(model)s.") % words
