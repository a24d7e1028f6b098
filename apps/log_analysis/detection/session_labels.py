"""Sessions as people decided about them: what was resolved as an incident was odd, what was called none is usual.

With enough decisions a source's sessions are judged by the model that `eval log_anomaly --supervised` measures.
"""

import hashlib
from collections.abc import Iterable
from uuid import UUID

from apps.core.ttl_cache import TTLCache
from apps.log_analysis.detection.models import Detector, LogAnomaly, SessionLabel
from apps.log_analysis.detection.session_history import MIN_LEARNT, SessionHistory
from apps.log_analysis.sources.models import MIN_SESSION_LABELS, LogSource
from domain.logs.detection.labelled_sessions import LabelledSessionModel

MAX_LABELS = 2_000
_models = TTLCache[LabelledSessionModel](seconds=600, size=20)


def label(anomalies: Iterable[LogAnomaly], *, is_anomaly: bool) -> None:
    """Takes down what a decision says of the sessions among the anomalies; a later one replaces an earlier one."""
    rows = {
        (each.source_id, digest): SessionLabel(
            organisation_id=each.organisation_id,
            source_id=each.source_id,
            digest=digest,
            events=each.events,
            is_anomaly=is_anomaly,
        )
        for each in anomalies
        if each.detector == Detector.SESSION and each.events
        for digest in [hashlib.sha256(each.subject.encode()).hexdigest()]
    }
    SessionLabel.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["source", "digest"],
        update_fields=["events", "is_anomaly", "created_at"],
    )


def model(source: LogSource, history: SessionHistory) -> LabelledSessionModel | None:
    """None while people have decided about too few, or little is known. What nobody decided about is taken for usual."""
    rows = SessionLabel.objects.within(source.organisation_id).filter(source=source)
    labels = list(rows.order_by("-created_at").values_list("pk", "events", "is_anomaly")[:MAX_LABELS])
    odd = sum(is_anomaly for *_, is_anomaly in labels)
    if min(odd, len(labels) - odd) < MIN_SESSION_LABELS:
        return None
    odd_orders = {tuple(events) for _, events, is_anomaly in labels if is_anomaly}
    orders = [tuple(each.events) for each in history.ended]
    usual = [each for each in orders if each not in odd_orders]
    if len(usual) < MIN_LEARNT:
        return None

    def train() -> LabelledSessionModel:
        sessions = [*usual, *(tuple(events) for _, events, _ in labels)]
        is_anomaly = [False] * len(usual) + [is_odd for *_, is_odd in labels]
        return LabelledSessionModel.train(sessions, is_anomaly)

    newest: UUID = labels[0][0]
    return _models.get((source.pk, newest, len(labels)), train)
