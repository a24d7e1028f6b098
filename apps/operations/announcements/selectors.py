from datetime import timedelta
from uuid import UUID

from django.db.models import Case, Q, SmallIntegerField, When
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.core.ttl_cache import TTLCache
from apps.operations.announcements.models import Announcement, AnnouncementDismissal, AnnouncementQuerySet

# Every page asks; another process shows a new one after so long.
SECONDS = 20
MAX_SHOWN = 3
# Of an organisation: most of them were dismissed by most people.
MAX_REMEMBERED = 100
_upcoming: TTLCache[list[Announcement]] = TTLCache(seconds=SECONDS)


def announcement_list(organisation: Organisation) -> AnnouncementQuerySet:
    """The organisation's own, newest first."""
    return Announcement.objects.within(organisation).order_by("-begins_at", "-id")


def operators_announcements() -> AnnouncementQuerySet:
    """The announcements that are for the whole installation."""
    return Announcement.objects.filter(organisation=None).order_by("-begins_at", "-id")


def current_announcements(organisation: Organisation, user: User) -> list[Announcement]:
    """What the person is shown on top of every page. Without any at all it costs nothing."""
    now = timezone.now()
    shown = [
        each
        for each in _upcoming.get(organisation.pk, lambda: _remembered(organisation))
        if each.begins_at <= now and (each.ends_at is None or each.ends_at > now)
    ]
    if not shown:
        return []
    dismissals = AnnouncementDismissal.objects.filter(user=user, announcement__in=shown)
    gone: set[UUID] = set(dismissals.values_list("announcement_id", flat=True))
    return [each for each in shown if each.pk not in gone][:MAX_SHOWN]


def clear() -> None:
    """After a change, in the process that made it."""
    _upcoming.clear()


def _remembered(organisation: Organisation) -> list[Announcement]:
    """Those that are shown now or will be before this is asked again, the most urgent first."""
    soon = timezone.now() + timedelta(seconds=SECONDS)
    is_over = Q(ends_at__lte=timezone.now())
    rows = Announcement.objects.visible_to(organisation).filter(begins_at__lte=soon).exclude(is_over)
    urgency = Case(
        *(When(tone=tone, then=place) for place, tone in enumerate(Announcement.Tone)),
        output_field=SmallIntegerField(),
    )
    return list(rows.order_by(urgency.desc(), "-begins_at", "-id")[:MAX_REMEMBERED])
