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
    clock = _("%(length)s on the clock") % {"length": duration_text(of.staff_first_median)}
    return replace(open_time, note=" · ".join(filter(None, [clock, open_time.note])))


def _satisfaction_note(now: Totals) -> str:
    notes = [ngettext("%(count)d rating", "%(count)d ratings", now.ratings) % {"count": now.ratings}]
    if now.good_share.percent is not None:
        notes.append(_("%(share)s gave 4 or 5") % {"share": now.good_share.value.text})
    if now.rated_share.percent is not None:
        notes.append(_("%(share)s answered") % {"share": now.rated_share.value.text})
    return " · ".join(notes)


METRICS: tuple[Metric[Totals], ...] = (
    Metric(
        "conversations",
        gettext_lazy("Conversations"),
        gettext_lazy(
            "Conversations that began in these days and in which the visitor wrote at least once. "
            "All other figures are about them."
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
            "Resolved, no person wrote in it, and not open again within 24 hours. Those resolved less than 24 hours "
            "ago are pending and left out; those still open count as not resolved by the assistant."
        ),
        lambda of: of.automated_share.value,
        better=1,
        note=_automated_note,
        is_headline=True,
    ),
    Metric(
        "deflection",
        gettext_lazy("Deflection"),
        gettext_lazy(
            "Of the conversations that got an answer from the assistant: those that were never handed to a person "
            "and in which no person wrote."
        ),
        lambda of: of.deflected_share.value,
        better=1,
    ),
    Metric(
        "satisfaction",
        gettext_lazy("Satisfaction"),
        gettext_lazy(
            "The mean of what visitors gave from 1 to 5. The share who answered is of all resolved conversations."
        ),
        lambda of: mean(of.rating_mean, of.ratings),
        better=1,
        note=_satisfaction_note,
    ),
    Metric(
        "bot_first",
        gettext_lazy("First response, assistant"),
        gettext_lazy("From the visitor's first message to the assistant's first answer; half were faster."),
        lambda of: duration(of.bot_first_median, of.bot_first_count, of.bot_first_p90),
        better=-1,
    ),
    Metric(
        "staff_first",
        gettext_lazy("First response, staff"),
        gettext_lazy(
            "From the moment a person was called to the first reply of staff; where nobody was called, from the "
            "visitor's last message before it. Only the desk's opening hours count; “on the clock” is with nights, "
            "weekends and holidays."
        ),
        _staff_first,
        better=-1,
        is_headline=True,
    ),
    Metric(
        "handle",
        gettext_lazy("Handle time, staff"),
        gettext_lazy(
            "From taking a conversation over to resolving it, for resolved conversations with a person."
        ),
        lambda of: duration(of.handle_median, of.handle_count, of.handle_p90),
        better=-1,
    ),
    Metric(
        "resolution",
        gettext_lazy("Time to resolution"),
        gettext_lazy("From the beginning of a conversation to its latest resolution."),
        lambda of: duration(of.resolution_median, of.resolution_count, of.resolution_p90),
        better=-1,
    ),
    Metric(
        "reopened",
        gettext_lazy("Opened again"),
        gettext_lazy("Of the conversations that were resolved once: those that were open again afterwards."),
        lambda of: of.reopened_share.value,
        better=-1,
    ),
    Metric(
        "mood",
        gettext_lazy("Sentiment change"),
        gettext_lazy(
            "Sentiment runs from -1 to 1 through a conversation. Shown is the mean of its end less its beginning: "
            "above zero, people leave happier than they came."
        ),
        lambda of: mean(of.trend_change if of.understood >= MIN_SAMPLE else None, of.understood, sign="+"),
        better=1,
        note=lambda of: (
            _("%(share)s ended unhappy") % {"share": of.negative_share.value.text} if of.understood else ""
        ),
    ),
    Metric(
        "unanswered",
        gettext_lazy("Without an answer"),
        gettext_lazy("Of the assistant's answers: those that say that the documents hold none."),
        lambda of: of.unanswered_share.value,
        better=-1,
    ),
    Metric(
        "unsupported",
        gettext_lazy("Sentences without a source"),
        gettext_lazy("Of all sentences of the assistant's answers: those that its documents do not support."),
        lambda of: of.unsupported_share.value,
        better=-1,
    ),
)
