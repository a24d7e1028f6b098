"""What the desk saves and how good its drafts are, from the figures that each signature left."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median, quantiles
from typing import Any

from django.utils import timezone

from apps.accounts.models import Organisation
from apps.medical_records.patients.selectors import preferences_of
from apps.medical_records.records.models import MedicalRecord, SigningFigures

MOST_FIELDS = 12
State = MedicalRecord.State


@dataclass(frozen=True)
class FieldFigure:
    """`edit_ratio`: characters changed of the characters signed, over all records of the period."""

    key: str
    edit_ratio: float
    records: int


@dataclass(frozen=True)
class DayFigure:
    day: date
    signed: int
    edit_ratio: float | None


@dataclass(frozen=True)
class DeskFigures:
    """`minutes_saved` supposes that a draft saves the share of writing that was not written anew."""

    days: int
    signed: int = 0
    amended: int = 0
    waiting: int = 0
    minutes_by_hand: int = 0
    minutes_saved: float = 0
    edit_ratio: float | None = None
    untouched: int = 0
    unsupported_ratio: float | None = None
    entered_ratio: float | None = None
    turnaround_seconds: float | None = None
    turnaround_p90_seconds: float | None = None
    draft_seconds: float | None = None
    audio_minutes: float = 0
    most_changed: list[FieldFigure] = field(default_factory=list)
    by_day: list[DayFigure] = field(default_factory=list)


def desk_figures(organisation: Organisation, *, days: int) -> DeskFigures:
    """Over the signatures of the last `days` days, today included."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    rows = list(
        SigningFigures.objects.within(organisation)
        .filter(signed_at__date__gte=first)
        .select_related("version")
        .defer("version__content", "version__reason")
        .order_by("signed_at")
    )
    waiting = (
        MedicalRecord.objects.within(organisation).filter(state__in=[State.DRAFT, State.REVIEWED]).count()
    )
    by_hand = preferences_of(organisation).minutes_by_hand
    first_ones = [row for row in rows if row.version.kind == "signed"]
    return DeskFigures(
        days=days,
        signed=len(first_ones),
        amended=len(rows) - len(first_ones),
        waiting=waiting,
        minutes_by_hand=by_hand,
        minutes_saved=sum(by_hand * (1 - min(1.0, row.edit_ratio)) for row in first_ones),
        edit_ratio=_middle([row.edit_ratio for row in first_ones]),
        untouched=sum(row.edit_ratio == 0 for row in first_ones),
        unsupported_ratio=_share(first_ones, "unsupported"),
        entered_ratio=_share(first_ones, "entered"),
        turnaround_seconds=_middle(_known(first_ones, "turnaround_seconds")),
        turnaround_p90_seconds=_nearly_all(_known(first_ones, "turnaround_seconds")),
        draft_seconds=_middle(_known(first_ones, "draft_seconds")),
        audio_minutes=sum(row.audio_seconds for row in first_ones) / 60,
        most_changed=_most_changed(first_ones),
        by_day=[_day(first + timedelta(days=number), first_ones) for number in range(days)],
    )


def _most_changed(rows: list[SigningFigures]) -> list[FieldFigure]:
    """The most changed first."""
    length: dict[str, int] = {}
    distance: dict[str, int] = {}
    count: dict[str, int] = {}
    for row in rows:
        for key, counted in row.fields.items():
            length[key] = length.get(key, 0) + int(counted["length"])
            distance[key] = distance.get(key, 0) + int(counted["distance"])
            count[key] = count.get(key, 0) + 1
    found = [FieldFigure(key, distance[key] / max(1, length[key]), count[key]) for key in length]
    return sorted(found, key=lambda each: each.edit_ratio, reverse=True)[:MOST_FIELDS]


def _day(day: date, rows: list[SigningFigures]) -> DayFigure:
    signed = [row.edit_ratio for row in rows if timezone.localtime(row.signed_at).date() == day]
    return DayFigure(day, len(signed), _middle(signed))


def _share(rows: list[SigningFigures], name: str) -> float | None:
    """Of all statements that were drafted or written."""
    total = sum(row.statements for row in rows)
    return sum(getattr(row, name) for row in rows) / total if total else None


def _known(rows: list[SigningFigures], name: str) -> list[float]:
    values: list[Any] = [getattr(row, name) for row in rows]
    return [value for value in values if value is not None]


def _middle(values: list[float]) -> float | None:
    return median(values) if values else None


def _nearly_all(values: list[float]) -> float | None:
    """The 90th percentile; of few values the greatest."""
    return quantiles(values, n=10)[-1] if len(values) >= 10 else max(values, default=None)
