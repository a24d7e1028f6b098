"""What the desk counts, in words. How each is added up says `aggregates`."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.analytics.reports import Metric
from apps.analytics.values import MIN_SAMPLE, Value, count, duration, mean
from apps.core.numbers import duration_text
from apps.customer_service.analytics.totals import Totals


def _automated_note(now: Totals) -> str:
    pending = ngettext("%(count)d pending", "%(count)d pending", now.pending) % {"count": now.pending}
    return " · ".join(filter(None, [now.automated_share.value.note, pending if now.pending else ""]))


def _staff_first(of: Totals) -> Value:
    """In opening hours; what it was on the clock stands beside it."""
    open_time = duration(of.staff_first_open_median, of.staff_first_open_count, of.staff_first_open_p90)
    if of.staff_first_median is None:
        return open_time
    clock = _("%(length)s clock time") % {"length": duration_text(of.staff_first_median)}
    return replace(open_time, note_words=" · ".join(filter(None, [clock, open_time.note])))


def _satisfaction_note(now: Totals) -> str:
    notes = [ngettext("%(count)d rating", "%(count)d ratings", now.ratings) % {"count": now.ratings}]
    if now.good_share.percent is not None:
        notes.append(_("%(share)s rated 4 or 5") % {"share": now.good_share.value.text})
    if now.rated_share.percent is not None:
        notes.append(_("%(share)s rated") % {"share": now.rated_share.value.text})
    return " · ".join(notes)


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "conversations",
        gettext_lazy("Conversations"),
        gettext_lazy(
            "Conversations started in this period with at least one visitor message. All other metrics "
            "are based on these."
        ),
        lambda of: count(of.conversations),
        note=lambda of: (
            ngettext("%(count)s message", "%(count)s messages", of.messages) % {"count": f"{of.messages:,}"}
        ),
        is_headline=True,
    ),
    Metric(
        "automated",
        gettext_lazy("Automated resolution"),
        gettext_lazy(
            "Resolved without staff and not reopened within 24 hours. Conversations resolved less than "
            "24 hours ago are pending and excluded; open ones count as not resolved by the assistant."
        ),
        lambda of: of.automated_share.value,
        better=1,
        note=_automated_note,
        is_headline=True,
    ),
    Metric(
        "deflection",
        gettext_lazy("Deflection"),
        gettext_lazy("Share of conversations answered by the assistant with no handoff and no staff reply."),
        lambda of: of.deflected_share.value,
        better=1,
    ),
    Metric(
        "satisfaction",
        gettext_lazy("Satisfaction"),
        gettext_lazy(
            "Average visitor rating from 1 to 5. The response rate is out of all resolved conversations."
        ),
        lambda of: mean(of.rating_mean, of.ratings),
        better=1,
        note=_satisfaction_note,
    ),
    Metric(
        "bot_first",
        gettext_lazy("First response, assistant"),
        gettext_lazy("From the visitor's first message to the assistant's first answer (median)."),
        lambda of: duration(of.bot_first_median, of.bot_first_count, of.bot_first_p90),
        better=-1,
    ),
    Metric(
        "staff_first",
        gettext_lazy("First response, staff"),
        gettext_lazy(
            "From the handoff request to the first staff reply. Without a request, from the visitor's "
            "last message before it. Only business hours count; clock time includes nights, weekends "
            "and holidays."
        ),
        _staff_first,
        better=-1,
        is_headline=True,
    ),
    Metric(
        "handle",
        gettext_lazy("Handle time, staff"),
        gettext_lazy("From takeover to resolution, for resolved conversations with staff involved."),
        lambda of: duration(of.handle_median, of.handle_count, of.handle_p90),
        better=-1,
    ),
    Metric(
        "resolution",
        gettext_lazy("Time to resolution"),
        gettext_lazy("From the start of a conversation to its latest resolution."),
        lambda of: duration(of.resolution_median, of.resolution_count, of.resolution_p90),
        better=-1,
    ),
    Metric(
        "reopened",
        gettext_lazy("Reopened"),
        gettext_lazy("Share of resolved conversations that were reopened later."),
        lambda of: of.reopened_share.value,
        better=-1,
    ),
    Metric(
        "mood",
        gettext_lazy("Sentiment change"),
        gettext_lazy(
            "Sentiment ranges from -1 to 1. This is the average change from start to end: above zero, "
            "visitors leave happier than they came."
        ),
        lambda of: mean(of.trend_change if of.understood >= MIN_SAMPLE else None, of.understood, sign="+"),
        better=1,
        note=lambda of: (
            _("%(share)s ended negative") % {"share": of.negative_share.value.text} if of.understood else ""
        ),
    ),
    Metric(
        "unanswered",
        gettext_lazy("Unanswered"),
        gettext_lazy("Share of the assistant's answers that found nothing in the documents."),
        lambda of: of.unanswered_share.value,
        better=-1,
    ),
    Metric(
        "unsupported",
        gettext_lazy("Unsupported sentences"),
        gettext_lazy("Share of sentences in the assistant's answers that the documents do not support."),
        lambda of: of.unsupported_share.value,
        better=-1,
    ),
)
