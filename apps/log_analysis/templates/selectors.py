"""Reads of templates, each within the organisation. A template stands for those that were merged into it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import BigIntegerField, Case, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, Extract, Floor, TruncDay
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.log_analysis.templates.histograms import (
    Histogram,
    TimeCount,
    bucket_seconds,
    histogram,
)
from apps.log_analysis.templates.models import LogTemplate, LogTemplateQuerySet, TemplateCount

SPARKLINE_DAYS = 30
MAX_CANDIDATES = 10


def template_list(organisation: Organisation) -> LogTemplateQuerySet:
    """The templates with how many records each stands for, the most frequent first."""
    merges = LogTemplate.objects.filter(merged_into=OuterRef("pk")).order_by().values("merged_into")
    of_merged = Subquery(
        merges.annotate(sum=Sum("records_count")).values("sum"), output_field=BigIntegerField()
    )
    rows = LogTemplate.objects.within(organisation).current().select_related("source")
    return rows.annotate(total_count=F("records_count") + Coalesce(of_merged, 0)).order_by(
        "-total_count", "-pk"
    )


def all_templates(organisation: Organisation) -> LogTemplateQuerySet:
    """Merged ones too: their records and links to them are still there."""
    return LogTemplate.objects.within(organisation).select_related("source", "merged_into")


def family(template: LogTemplate) -> list[LogTemplate]:
    """The template and those that a person merged into it."""
    merged = LogTemplate.objects.within(template.organisation_id).filter(merged_into=template)
    return [template, *merged.order_by("text")]


def families(templates: Sequence[LogTemplate]) -> list[LogTemplate]:
    """Templates of one organisation and those that were merged into them, in one query."""
    rows = LogTemplate.objects.within(templates[0].organisation_id)
    return list(rows.filter(Q(pk__in=[each.pk for each in templates]) | Q(merged_into__in=templates)))


def by_key(organisation: Organisation, keys: Iterable[str]) -> dict[tuple[str, str], LogTemplate]:
    """The templates by source and key, as records carry them."""
    rows = all_templates(organisation).filter(key__in=set(keys))
    return {(str(row.source_id), row.key): row for row in rows}


def merge_candidates(template: LogTemplate, search: str) -> LogTemplateQuerySet:
    """Others of the same source that a search finds, those of the same first word before the others."""
    rows = LogTemplate.objects.within(template.organisation_id).current().filter(source=template.source_id)
    rows = rows.exclude(pk=template.pk).filter(Q(text__icontains=search) | Q(name__icontains=search))
    first_word = template.text.partition(" ")[0]
    is_other = Case(When(text__startswith=first_word, then=0), default=1)
    return rows.order_by(is_other, "-records_count")[:MAX_CANDIDATES]


def daily_counts(templates: Sequence[LogTemplate]) -> dict[UUID, list[int]]:
    """Records a day in the days before the newest record of any of them, by template."""
    last_seen = [(each.last_seen_at, each) for each in templates if each.last_seen_at]
    if not last_seen:
        return {}
    newest, newest_row = max(last_seen, key=lambda pair: pair[0])
    first = timezone.localtime(newest).date() - timedelta(days=SPARKLINE_DAYS - 1)
    rows = (
        TemplateCount.objects.within(newest_row.organisation_id)
        .filter(Q(template__in=templates) | Q(template__merged_into__in=templates), minute__date__gte=first)
        .values(owner=Coalesce("template__merged_into", "template"), day=TruncDay("minute"))
        .annotate(records=Sum("count"))
    )
    days: dict[UUID, list[int]] = {}
    for row in rows:
        place = min(max((row["day"].date() - first).days, 0), SPARKLINE_DAYS - 1)
        days.setdefault(row["owner"], [0] * SPARKLINE_DAYS)[place] += row["records"]
    return days


def count_histogram(template: LogTemplate) -> Histogram | None:
    """A template's records over all its time; none where nothing was counted."""
    members = family(template)
    first = min((each.first_seen_at for each in members if each.first_seen_at), default=None)
    last = max((each.last_seen_at for each in members if each.last_seen_at), default=None)
    if first is None or last is None:
        return None
    since, until = first.replace(second=0, microsecond=0), last + timedelta(minutes=1)
    seconds = max(60, bucket_seconds(since, until))
    return histogram(time_counts(members, since, until, seconds), since, until, seconds)


def time_counts(
    templates: Sequence[LogTemplate], since: datetime, until: datetime, seconds: int
) -> list[TimeCount]:
    """Records of templates of one organisation by time and level; what is counted is minutes, and no bucket is shorter."""
    bucket = Floor(Extract("minute", "epoch", tzinfo=UTC) / seconds)
    rows = (
        TemplateCount.objects.within(templates[0].organisation_id)
        .filter(template__in=templates, minute__gte=since, minute__lt=until)
        .values("level", bucket=bucket)
        .annotate(records=Sum("count"))
    )
    return [
        TimeCount(int(row["bucket"]) * seconds * 1_000_000, row["level"], row["records"])
        for row in rows.order_by("bucket")
    ]
