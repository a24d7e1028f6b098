"""What the platform tells a visitor who waits for a person, in the visitor's language."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import dateformat, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.answering import own_sentences
from apps.customer_service.handoff.selectors import QueuePosition
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.staff.selectors import opening_hours

HOUR = 60
DAY = 24 * HOUR


def waiting_notice(queue: QueuePosition, language: str, *, is_reachable: bool) -> str:
    """`is_reachable`: a reply arrives whether the visitor is still there or not, so nobody asks for an address."""
    with translation.override(language):
        if queue.is_open_now and queue.is_somebody_here:
            return _promise(queue)
        if is_reachable:
            reply = _("Our staff have been notified and will reply to you here.")
        elif queue.is_open_now:
            reply = _("Leave your e-mail address if you would rather not wait.")
        else:
            reply = _("Leave your question and your e-mail address and we will get back to you.")
        return own_sentences.join(language, [absence(queue), reply])


def absence(queue: QueuePosition) -> str:
    """Of a desk at which nobody is there to answer, in the language that is set."""
    if queue.is_open_now:
        return _("No one is available right now. You are number %(position)d in line.") % {
            "position": queue.position
        }
    if queue.opens_at is None:
        return _("Our staff are offline right now.")
    when = opening(queue.opens_at, ZoneInfo(queue.time_zone))
    return _("Our staff are offline right now. They will be back %(when)s.") % {"when": when}


def _promise(queue: QueuePosition) -> str:
    """How long a reply takes; where the desk closes before that, when it is due."""
    if queue.due_at is None:
        return _("Our staff have been notified and will reply to you here.")
    words = {
        "position": queue.position,
        "time": duration(queue.reply_minutes),
        "when": opening(queue.due_at, ZoneInfo(queue.time_zone)),
    }
    is_within_hours = queue.due_at <= timezone.now() + timedelta(minutes=queue.reply_minutes)
    if queue.position == 1:
        sentence = (
            _("A member of our staff will reply here. You are next in line, usually within %(time)s.")
            if is_within_hours
            else _("A member of our staff will reply here. You are next in line. Expect a reply %(when)s.")
        )
    elif is_within_hours:
        sentence = _(
            "A member of our staff will reply here. You are number %(position)d in line, usually within "
            "%(time)s."
        )
    else:
        sentence = _(
            "A member of our staff will reply here. You are number %(position)d in line. Expect a reply "
            "%(when)s."
        )
    return sentence % words


def closed_until(desk_settings: DeskSettings) -> str:
    """When people answer again, for staff; empty while they do, and when they never do."""
    now = timezone.now()
    opens_at = opening_hours(desk_settings).next_opening(now)
    return opening(opens_at, ZoneInfo(desk_settings.time_zone)) if opens_at and opens_at > now else ""


def opening(at: datetime, zone: ZoneInfo) -> str:
    """“tomorrow at 09:00”, by the clock of the desk."""
    local, today = at.astimezone(zone), timezone.now().astimezone(zone).date()
    time, days = dateformat.format(local, "H:i"), local.date() - today
    if days == timedelta():
        return _("today at %(time)s") % {"time": time}
    if days == timedelta(days=1):
        return _("tomorrow at %(time)s") % {"time": time}
    day = dateformat.format(local, "l") if days < timedelta(days=7) else dateformat.format(local, _("j F"))
    return _("on %(day)s at %(time)s") % {"day": day, "time": time}


def duration(minutes: int) -> str:
    """Rounded as a person would say it."""
    if minutes < 2 * HOUR:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    if minutes < 2 * DAY:
        hours = round(minutes / HOUR)
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(minutes / DAY)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
