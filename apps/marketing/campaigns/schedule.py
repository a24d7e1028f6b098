"""Campaigns by the day on which they go out, on the clocks of the organisation."""

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.selectors import campaign_list

MIN_YEAR, MAX_YEAR = 2000, 2100


@dataclass
class Day:
    """`is_outside`: of the month before or after."""

    date: date
    is_outside: bool
    is_today: bool
    campaigns: list[Campaign] = field(default_factory=list)
    clashing: set[object] = field(default_factory=set)


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[Day]]
    has_campaigns: bool

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


def month(organisation: Organisation, first: date) -> Month:
    """Whole weeks, Monday first, that hold the month."""
    today = timezone.localdate()
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    days = {
        day: Day(day, is_outside=day.month != first.month, is_today=day == today)
        for week in weeks
        for day in week
    }
    rows = _between(organisation, weeks[0][0], weeks[-1][-1])
    for campaign in rows:
        if campaign.starts_at:
            days[timezone.localdate(campaign.starts_at)].campaigns.append(campaign)
    for day in days.values():
        day.clashing = _clashing(day.campaigns)
    has_campaigns = any(day.campaigns for day in days.values() if not day.is_outside)
    return Month(first, [[days[day] for day in week] for week in weeks], has_campaigns)


def month_named(text: str) -> date:
    """“2026-11”, else the present month: anybody may write anything into an address."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  (a month has no time zone)
    except ValueError:
        first = timezone.localdate().replace(day=1)
    return first.replace(year=min(max(first.year, MIN_YEAR), MAX_YEAR))


def same_day(campaign: Campaign) -> OrganisationQuerySet[Campaign]:
    """Others that go to the same segment, or to everybody, on the same day."""
    if campaign.starts_at is None:
        return Campaign.objects.none()
    day = timezone.localdate(campaign.starts_at)
    rows = _between(campaign.organisation, day, day).exclude(pk=campaign.pk)
    if campaign.segment_id is None:
        return rows
    return rows.filter(Q(segment=None) | Q(segment=campaign.segment_id))


def _between(organisation: Organisation, first: date, last: date) -> OrganisationQuerySet[Campaign]:
    rows = campaign_list(organisation).exclude(status=Campaign.Status.CANCELLED)
    rows = rows.filter(starts_at__gte=_midnight(first), starts_at__lt=_midnight(last + timedelta(days=1)))
    return rows.order_by("starts_at", "id")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def _clashing(campaigns: list[Campaign]) -> set[object]:
    """Those that write to the same people. Whoever is written to with everybody is written to twice."""
    segments = [campaign.segment_id for campaign in campaigns]
    if None in segments and len(segments) > 1:
        return {campaign.pk for campaign in campaigns}
    return {campaign.pk for campaign in campaigns if segments.count(campaign.segment_id) > 1}
