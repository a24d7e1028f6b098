"""What happened on a day and may explain what a chart shows from then on: changes of models and new releases."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from apps.analytics.reports import Scope
from apps.analytics.time_series import Mark
from apps.audit import selectors as audit
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.core.punctuation import colon
from apps.dashboards.rollups.selectors import INSTALLATION
from apps.dashboards.versions import selectors as versions
from apps.inference import model_changes
from apps.inference.models import Endpoint

ACTIONS = ("endpoint.created", "endpoint.changed", "endpoint.deleted")
# More of them would hide the chart.
MAX_MARKS = 20


def version_marks(scope: Scope) -> list[Mark]:
    """The days on which the installation began to run another version of this platform."""
    period = scope.period
    return [
        Mark(
            each.first_seen_at.astimezone(period.since.tzinfo).date(),
            _("Version %(version)s") % {"version": each.version},
        )
        for each in versions.between(period.since, period.until, MAX_MARKS)
    ]


def model_marks(scope: Scope, first_days: Mapping[str, date]) -> list[Mark]:
    """Versions, endpoints that were added, changed or removed, and models first asked in the period."""
    marks = [*version_marks(scope), *_first_uses(scope, first_days)]
    if scope.organisation != INSTALLATION:
        period = scope.period
        entries = audit.trail(scope.organisation).filter(
            action__in=ACTIONS, created_at__gte=period.since, created_at__lt=period.until
        )
        names = dict(Endpoint.objects.visible_to(scope.organisation).values_list("pk", "name"))
        by_id = {str(key): name for key, name in names.items()}
        marks += [
            Mark(
                entry.created_at.astimezone(period.since.tzinfo).date(),
                _endpoint_words(scope, entry, by_id.get(entry.target_id, "")),
            )
            for entry in entries[:MAX_MARKS]
        ]
    return sorted(marks, key=lambda mark: mark.date)[:MAX_MARKS]


def _endpoint_words(scope: Scope, entry: AuditEntry, name: str) -> str:
    """Of a change of the model, from which to which, and what exams said of both, then or by now."""
    sentence, details = str(SENTENCES[entry.action]), entry.details
    if "before" in details:
        before, after = details["before"], details["after"]
        exams = details["exams"] or model_changes.difference(scope.organisation, before, after)
        sentence = f"{before} → {after}"
        if exams:
            sentence = _("%(change)s, exams %(difference)s") % {"change": sentence, "difference": exams}
        return f"{name}{colon()}{sentence}" if name else sentence
    return ": ".join(filter(None, [sentence, name]))


def _first_uses(scope: Scope, first_days: Mapping[str, date]) -> list[Mark]:
    begin = min(first_days.values(), default=scope.period.first)
    return [
        Mark(day, _("First request to %(model)s") % {"model": model})
        for model, day in first_days.items()
        if day > begin
    ]
