"""What the desk counts, of the segments that were made in a period."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor
from apps.analytics.panels import Bars, Chart, Panel, Part
from apps.analytics.reports import Empty, Metric, Report, Results, Scope, measure, measure_totals, total
from apps.analytics.values import Share, count
from apps.core.models import OrganisationQuerySet
from apps.translation.models import Language, TranslationSegment


@dataclass(frozen=True)
class Totals:
    segments: int = total(Count("pk"))
    characters: int = total(Sum("characters", default=0))
    marked: int = total(Count("pk", filter=Q(is_marked=True)))
    from_memory: int = total(Count("pk", filter=Q(is_from_memory=True)))
    reviewed: int = total(Count("pk", filter=Q(origin=TranslationSegment.Origin.PERSON)))


def load(scope: Scope) -> Results[Totals]:
    pairs = ("translation__source_language", "translation__target_language")
    results = measure(_segments(scope), scope, Totals, moment="created_at", groups={"pairs": pairs})
    results.groups["pairs"].sort(key=lambda pair: -pair.totals.characters)
    return results


def load_totals(scope: Scope) -> Results[Totals]:
    return measure_totals(_segments(scope), scope, Totals, moment="created_at")


def _segments(scope: Scope) -> OrganisationQuerySet[TranslationSegment]:
    return TranslationSegment.objects.within(scope.organisation).exclude(origin="")


def volume(totals: Totals) -> dict[str, int]:
    return {"segments": totals.segments, "characters": totals.characters}


def panels(scope: Scope, results: Results[Totals], actor: Actor) -> Iterator[Panel]:
    if not results.now.segments:
        return
    yield Chart(
        title=_("Characters by day"),
        summary=_("Bar chart by day: %(count)d characters in total.") % {"count": results.now.characters},
        dates=[day.key for day in results.days],
        parts=[Part(_("Characters translated"), [day.totals.characters for day in results.days])],
    )
    yield Bars(
        title=_("Languages"),
        note=_("By characters; the second number is segments."),
        items=[
            (
                " → ".join(str(Language(code).label) for code in pair.key),
                pair.totals.characters,
                f"{pair.totals.characters:,}",
                f"{pair.totals.segments:,}",
            )
            for pair in results.groups["pairs"]
        ],
        is_wide=True,
    )


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "characters",
        gettext_lazy("Characters translated"),
        gettext_lazy("Source characters of all segments translated in this period."),
        lambda of: count(of.characters),
        is_headline=True,
    ),
    Metric(
        "marked",
        gettext_lazy("Segments marked"),
        gettext_lazy("Segments with an unreviewed issue found by a check."),
        lambda of: Share(of.marked, of.segments).value,
        better=-1,
        is_headline=True,
    ),
    Metric(
        "from_memory",
        gettext_lazy("From memory"),
        gettext_lazy("Segments reused from an identical earlier translation."),
        lambda of: Share(of.from_memory, of.segments).value,
        better=1,
    ),
    Metric(
        "reviewed",
        gettext_lazy("Segments reviewed"),
        gettext_lazy("Segments edited or confirmed by a person."),
        lambda of: Share(of.reviewed, of.segments).value,
    ),
)
REPORT = Report(
    name="translation",
    permission="translation.use",
    load=load,
    load_totals=load_totals,
    metrics=METRICS,
    panels=panels,
    has_values=lambda results: results.now.segments > 0,
    empty=Empty(
        gettext_lazy("No translations in this period"),
        gettext_lazy("Amount translated, segments to check, and share from translation memory."),
        (gettext_lazy("Translate a text"), "translation:text"),
    ),
)
