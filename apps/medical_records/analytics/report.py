"""What the desk saves and how good its drafts are, from the numbers that each signature left."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, FloatField, Q, Sum, Value
from django.db.models.functions import Least
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.panels import Bars, Chart, Panel, Part
from apps.analytics.reports import (
    Empty,
    Filter,
    Metric,
    Percentile,
    Report,
    Results,
    Scope,
    measure,
    measure_totals,
    total,
)
from apps.analytics.value_metrics import ValueMetric, Work
from apps.analytics.values import Share, count, duration, percent_text, ratio
from apps.core.models import OrganisationQuerySet
from apps.medical_records.patients.models import Department
from apps.medical_records.patients.selectors import preferences_of
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.medical_records.templates import selectors as templates

MAX_FIELDS = 12
State = MedicalRecord.State
SIGNED = Q(version__kind=RecordVersion.Kind.SIGNED)
KEPT_SHARE = 1.0 - Least(F("edit_ratio"), 1.0)
# `by_hand` is what a record takes, by the settings.
MINUTES_SAVED = F("by_hand") * KEPT_SHARE


@dataclass(frozen=True)
class Totals:
    """What the records come to whose first version was signed; amendments are only counted.

    `minutes_saved` supposes that a draft saves the share of writing that was not written anew; `drafts_kept` adds those
    shares up. The ratio of changed text and the times are medians, `timed` of how many. `waiting`: records that wait
    for a review or a signature today.
    """

    signed: int = total(Count("pk", filter=SIGNED))
    amended: int = total(Count("pk", filter=~SIGNED))
    untouched: int = total(Count("pk", filter=SIGNED & Q(edit_ratio=0)))
    statements: int = total(Sum("statements", filter=SIGNED, default=0))
    unsupported: int = total(Sum("unsupported", filter=SIGNED, default=0))
    entered: int = total(Sum("entered", filter=SIGNED, default=0))
    minutes_saved: float = total(Sum(MINUTES_SAVED, filter=SIGNED, default=0.0, output_field=FloatField()))
    drafts_kept: float = total(Sum(KEPT_SHARE, filter=SIGNED, default=0.0, output_field=FloatField()))
    edit_ratio: float | None = total(Percentile("edit_ratio", fraction=0.5, filter=SIGNED), None)
    timed: int = total(Count("turnaround_seconds", filter=SIGNED))
    turnaround_seconds: float | None = total(
        Percentile("turnaround_seconds", fraction=0.5, filter=SIGNED), None
    )
    turnaround_p90_seconds: float | None = total(
        Percentile("turnaround_seconds", fraction=0.9, filter=SIGNED), None
    )
    draft_seconds: float | None = total(Percentile("draft_seconds", fraction=0.5, filter=SIGNED), None)
    audio_seconds: float = total(Sum("audio_seconds", filter=SIGNED, default=0.0))
    waiting: int = 0
    minutes_by_hand: int = 0

    @property
    def unsupported_ratio(self) -> float | None:
        return Share(self.unsupported, self.statements).ratio

    @property
    def entered_ratio(self) -> float | None:
        return Share(self.entered, self.statements).ratio

    @property
    def audio_minutes(self) -> float:
        return self.audio_seconds / 60


@dataclass(frozen=True)
class FieldEdits:
    """`edit_ratio`: characters changed of the characters signed, over all records of the period."""

    key: str
    edit_ratio: float
    records: int


@dataclass(frozen=True, kw_only=True)
class DraftResults(Results[Totals]):
    most_changed: list[FieldEdits]


def load(scope: Scope) -> DraftResults:
    by_hand = preferences_of(scope.organisation).minutes_by_hand
    rows = _signatures(scope).annotate(by_hand=Value(by_hand))
    signed = measure(rows, scope, Totals, moment="signed_at")
    return DraftResults(
        now=_with_waiting(scope, signed.now, by_hand),
        before=signed.before,
        days=signed.days,
        most_changed=_most_changed(scope),
    )


def load_totals(scope: Scope) -> Results[Totals]:
    by_hand = preferences_of(scope.organisation).minutes_by_hand
    rows = _signatures(scope).annotate(by_hand=Value(by_hand))
    signed = measure_totals(rows, scope, Totals, moment="signed_at")
    return replace(signed, now=_with_waiting(scope, signed.now, by_hand))


def _with_waiting(scope: Scope, signed: Totals, by_hand: int) -> Totals:
    """What waits is of now, whatever the period."""
    waiting = MedicalRecord.objects.within(scope.organisation).filter(state__in=[State.DRAFT, State.REVIEWED])
    if "department" in scope.filters:
        waiting = waiting.filter(department=UUID(scope.filters["department"]))
    return replace(signed, waiting=waiting.count(), minutes_by_hand=by_hand)


def _signatures(scope: Scope) -> OrganisationQuerySet[SigningFigures]:
    rows = SigningFigures.objects.within(scope.organisation)
    if "department" in scope.filters:
        rows = rows.filter(version__record__department=UUID(scope.filters["department"]))
    return rows


def _most_changed(scope: Scope) -> list[FieldEdits]:
    """The most changed first."""
    rows = _signatures(scope).filter(
        SIGNED, signed_at__gte=scope.period.since, signed_at__lt=scope.period.until
    )
    # Summed over the records, so that a long text weighs more than a short one.
    length: Counter[str] = Counter()
    distance: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for fields in rows.values_list("fields", flat=True):
        for key, edits in fields.items():
            length[key] += int(edits["length"])
            distance[key] += int(edits["distance"])
            records[key] += 1
    fields_changed = [FieldEdits(key, distance[key] / max(1, length[key]), records[key]) for key in length]
    return sorted(fields_changed, key=lambda each: -each.edit_ratio)[:MAX_FIELDS]


def field_names(organisation: Organisation) -> dict[str, str]:
    """“section.field” → both titles, as the latest templates call them; those in the reader's language first."""
    names: dict[str, str] = {}
    for version in templates.in_order(templates.latest_versions(organisation), get_language() or ""):
        for section in version.schema.sections:
            for each in section.fields:
                title = each.title if each.title == section.title else f"{section.title} · {each.title}"
                names.setdefault(f"{section.key}.{each.key}", title)
    return names


def panels(scope: Scope, results: DraftResults, actor: Actor) -> Iterator[Panel]:
    now = results.now
    if not now.signed:
        return
    yield Chart(
        title=_("Signed records by day"),
        summary=_("Bar chart by day: %(count)d signed records in total.") % {"count": now.signed},
        dates=[day.key for day in results.days],
        parts=[Part(_("Records signed"), [day.totals.signed for day in results.days])],
    )
    names = field_names(scope.organisation)
    yield Bars(
        title=_("Most changed"),
        note=_(
            "Characters changed between draft and signed text, by field. If a field changes a lot, "
            "check the template's hints."
        ),
        items=[
            (
                names.get(each.key, each.key),
                each.edit_ratio,
                percent_text(100 * each.edit_ratio),
                ngettext("%(count)d record", "%(count)d records", each.records) % {"count": each.records},
            )
            for each in results.most_changed
        ],
        empty=_("No changes."),
        is_wide=True,
    )


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "signed",
        gettext_lazy("Records signed"),
        gettext_lazy("Records first signed in this period. Amendments are counted separately."),
        lambda of: count(of.signed),
        note=lambda of: _("%(count)d to review or sign") % {"count": of.waiting},
        is_headline=True,
    ),
    Metric(
        "minutes_saved",
        gettext_lazy("Minutes saved"),
        gettext_lazy(
            "Estimate: minutes per record by hand (from settings) times the share of signed text that "
            "was not rewritten."
        ),
        lambda of: count(round(of.minutes_saved)),
        better=1,
        note=lambda of: _("of %(count)d by hand") % {"count": of.signed * of.minutes_by_hand},
        is_headline=True,
    ),
    Metric(
        "edit_ratio",
        gettext_lazy("Changed before signing"),
        gettext_lazy("Median share of characters changed between the model's draft and the signed text."),
        lambda of: ratio(of.edit_ratio, of.signed),
        better=-1,
        note=lambda of: _("%(count)d signed as drafted") % {"count": of.untouched},
        is_headline=True,
    ),
    Metric(
        "unsupported_ratio",
        gettext_lazy("Not in the transcript"),
        gettext_lazy("Draft statements with no supporting words in the transcript."),
        lambda of: Share(of.unsupported, of.statements).value,
        better=-1,
        note=lambda of: _("excluded from exports"),
    ),
    Metric(
        "entered_ratio",
        gettext_lazy("Entered by clinicians"),
        gettext_lazy(
            "Share of statements in signed records that a clinician entered or took responsibility for."
        ),
        lambda of: Share(of.entered, of.statements).value,
        better=-1,
    ),
    Metric(
        "turnaround_seconds",
        gettext_lazy("Time to signature"),
        gettext_lazy("Median time from the end of the recording to the signature."),
        lambda of: duration(of.turnaround_seconds, of.timed, of.turnaround_p90_seconds),
        better=-1,
    ),
    Metric(
        "draft_seconds",
        gettext_lazy("Time to draft"),
        gettext_lazy("Median time from the end of the recording to the model's draft."),
        lambda of: duration(of.draft_seconds, of.timed),
        better=-1,
        note=lambda of: _("%(count)d minutes of speech") % {"count": round(of.audio_minutes)},
    ),
)


def department_choices(organisation: Organisation) -> list[tuple[str, str]]:
    rows = Department.objects.within(organisation).values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


REPORT = Report(
    name="medical_records",
    permission="records.view",
    load=load,
    load_totals=load_totals,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.signed > 0,
    empty=Empty(
        gettext_lazy("No records signed in this period"),
        gettext_lazy(
            "Once records are signed, this page shows the time saved, the share of drafts changed and "
            "the time to signature."
        ),
        (gettext_lazy("Open the records"), "medical_records:records"),
    ),
    filters=(
        Filter("department", gettext_lazy("Department"), gettext_lazy("All departments"), department_choices),
    ),
    worth=ValueMetric[Totals](
        Work.RECORD,
        done=lambda totals: totals.signed,
        done_label=gettext_lazy("signed records"),
        spared=lambda totals: totals.drafts_kept,
        spared_label=gettext_lazy("records minus rewritten parts"),
        minutes=lambda organisation: Decimal(preferences_of(organisation).minutes_by_hand),
    ),
)
