"""The figures in words: value, change against the period before, and how each is counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.errors import Text
from apps.customer_service.analytics.charts import sparkline
from apps.customer_service.analytics.report import Day, Report
from apps.customer_service.analytics.totals import FEWEST, Share, Spread, Totals


@dataclass(frozen=True)
class Change:
    """Tone: "good", "bad" or "" where neither way is better."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class KeyFigure:
    """`length` instead of `value` for times, which the page words."""

    key: str
    label: Text
    counted: Text
    value: str = ""
    length: timedelta | None = None
    note: str = ""
    change: Change | None = None
    points: str = ""


def key_figures(report: Report) -> list[KeyFigure]:
    return [make(report) for make in _FIGURES]


def share_text(share: Share) -> str:
    """“63 %”; of fewer than five “3 of 4”, of none a dash."""
    if share.percent is not None:
        return _("%(percent)d %%") % {"percent": round(share.percent)}
    return _of(share) if share.whole > 0 else "–"


def _of(share: Share) -> str:
    return _("%(part)d of %(whole)d") % {"part": share.part, "whole": share.whole}


def _conversations(report: Report) -> KeyFigure:
    now, before = report.now, report.before
    return KeyFigure(
        "conversations",
        gettext_lazy("Conversations"),
        gettext_lazy(
            "Conversations that began in these days and in which the visitor wrote at least once. "
            "All other figures are about them."
        ),
        value=f"{now.conversations:,}",
        note=ngettext("%(count)s message", "%(count)s messages", now.messages)
        % {"count": f"{now.messages:,}"},
        change=_relative(now.conversations, before.conversations, better=0),
        points=sparkline([day.conversations for day in report.days]),
    )


def _automated(report: Report) -> KeyFigure:
    now, share = report.now, report.now.automated_share
    note = _of(share) if share.percent is not None else ""
    if now.pending:
        waiting = ngettext("%(count)d pending", "%(count)d pending", now.pending) % {"count": now.pending}
        note = f"{note} · {waiting}" if note else waiting
    return KeyFigure(
        "automated",
        gettext_lazy("Automated resolution"),
        gettext_lazy(
            "Resolved, no person wrote in it, and not open again within 24 hours. Those resolved less than 24 hours "
            "ago are pending and left out; those still open count as not resolved by the assistant."
        ),
        value=share_text(share),
        note=note,
        change=_points(share, report.before.automated_share, better=1),
        points=_share_line(report, lambda day: Share(day.automated, day.conversations - day.pending)),
    )


def _deflected(report: Report) -> KeyFigure:
    share = report.now.deflected_share
    return KeyFigure(
        "deflection",
        gettext_lazy("Deflection"),
        gettext_lazy(
            "Of the conversations that got an answer from the assistant: those that were never handed to a person "
            "and in which no person wrote."
        ),
        value=share_text(share),
        note=_of(share) if share.percent is not None else "",
        change=_points(share, report.before.deflected_share, better=1),
        points=_share_line(report, lambda day: Share(day.deflected, day.answered)),
    )


def _bot_first(report: Report) -> KeyFigure:
    return _time(
        "bot_first",
        gettext_lazy("First response, assistant"),
        gettext_lazy("From the visitor's first message to the assistant's first answer; half were faster."),
        report.now.bot_first,
        report.before.bot_first,
        sparkline([day.bot_first for day in report.days]),
    )


def _staff_first(report: Report) -> KeyFigure:
    on_the_clock = report.now.staff_first.median
    figure = _time(
        "staff_first",
        gettext_lazy("First response, staff"),
        gettext_lazy(
            "From the moment a person was called to the first reply of staff; where nobody was called, from the "
            "visitor's last message before it. Only the desk's opening hours count; “on the clock” is with nights, "
            "weekends and holidays."
        ),
        report.now.staff_first_open,
        report.before.staff_first_open,
        sparkline([day.staff_first_open for day in report.days]),
    )
    if on_the_clock is None:
        return figure
    notes = [_("%(length)s on the clock") % {"length": spoken_length(on_the_clock)}, figure.note]
    return replace(figure, note=" · ".join(filter(None, notes)))


def _handle(report: Report) -> KeyFigure:
    return _time(
        "handle",
        gettext_lazy("Handle time, staff"),
        gettext_lazy(
            "From taking a conversation over to resolving it, for resolved conversations with a person."
        ),
        report.now.handle,
        report.before.handle,
    )


def _resolution(report: Report) -> KeyFigure:
    return _time(
        "resolution",
        gettext_lazy("Time to resolution"),
        gettext_lazy("From the beginning of a conversation to its latest resolution."),
        report.now.resolution,
        report.before.resolution,
    )


def _reopened(report: Report) -> KeyFigure:
    share = report.now.reopened_share
    return KeyFigure(
        "reopened",
        gettext_lazy("Opened again"),
        gettext_lazy("Of the conversations that were resolved once: those that were open again afterwards."),
        value=share_text(share),
        note=_of(share) if share.percent is not None else "",
        change=_points(share, report.before.reopened_share, better=-1),
    )


def _satisfaction(report: Report) -> KeyFigure:
    now, before = report.now, report.before
    notes = [ngettext("%(count)d rating", "%(count)d ratings", now.ratings) % {"count": now.ratings}]
    if now.good_share.percent is not None:
        notes.append(_("%(share)s gave 4 or 5") % {"share": share_text(now.good_share)})
    if now.rated_share.percent is not None:
        notes.append(_("%(share)s answered") % {"share": share_text(now.rated_share)})
    return KeyFigure(
        "satisfaction",
        gettext_lazy("Satisfaction"),
        gettext_lazy(
            "The mean of what visitors gave from 1 to 5. The share who answered is of all resolved conversations."
        ),
        value="–" if now.rating_mean is None else f"{now.rating_mean:.2f}",
        note=" · ".join(notes),
        change=_difference(now.rating_mean, before.rating_mean, min(now.ratings, before.ratings), better=1),
        points=sparkline([day.rating for day in report.days]),
    )


def _mood(report: Report) -> KeyFigure:
    now, before = report.now, report.before
    shown = now.understood >= FEWEST and now.trend_change is not None
    return KeyFigure(
        "mood",
        gettext_lazy("Mood, end against beginning"),
        gettext_lazy(
            "Sentiment runs from -1 to 1 through a conversation. Shown is the mean of its end less its beginning: "
            "above zero, people leave happier than they came."
        ),
        value=f"{now.trend_change:+.2f}" if shown else "–",
        note=_("%(share)s ended unhappy") % {"share": share_text(now.negative_share)}
        if now.understood
        else "",
        change=_difference(
            now.trend_change, before.trend_change, min(now.understood, before.understood), better=1
        ),
        points=sparkline([week.change for week in report.weeks]),
    )


def _unanswered(report: Report) -> KeyFigure:
    share = report.now.unanswered_share
    return KeyFigure(
        "unanswered",
        gettext_lazy("Without an answer"),
        gettext_lazy("Of the assistant's answers: those that say that the documents hold none."),
        value=share_text(share),
        note=_of(share) if share.percent is not None else "",
        change=_points(share, report.before.unanswered_share, better=-1),
    )


def _unsupported(report: Report) -> KeyFigure:
    share = report.now.unsupported_share
    return KeyFigure(
        "unsupported",
        gettext_lazy("Sentences without a source"),
        gettext_lazy("Of all sentences of the assistant's answers: those that its documents do not support."),
        value=share_text(share),
        note=_of(share) if share.percent is not None else "",
        change=_points(share, report.before.unsupported_share, better=-1),
    )


_FIGURES: tuple[Callable[[Report], KeyFigure], ...] = (
    _conversations,
    _automated,
    _deflected,
    _satisfaction,
    _bot_first,
    _staff_first,
    _handle,
    _resolution,
    _reopened,
    _mood,
    _unanswered,
    _unsupported,
)


def _time(key: str, label: Text, counted: Text, now: Spread, before: Spread, points: str = "") -> KeyFigure:
    return KeyFigure(
        key,
        label,
        counted,
        value="" if now.median is not None else "–",
        length=length_of(now.median),
        note=_nine_in_ten(now),
        change=_relative(now.median, before.median, better=-1, of=min(now.count, before.count)),
        points=points,
    )


def _nine_in_ten(spread: Spread) -> str:
    if spread.p90 is None or spread.count < FEWEST:
        return ""
    return _("nine in ten within %(length)s") % {"length": spoken_length(spread.p90)}


def length_of(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def spoken_length(seconds: float) -> str:
    """“4 s”, “3 min”, “2.5 h”: short, for a note."""
    if seconds < 60:
        return _("%(number)d s") % {"number": round(seconds)}
    if seconds < 5400:
        return _("%(number)d min") % {"number": round(seconds / 60)}
    return _("%(number).1f h") % {"number": seconds / 3600}


def _share_line(report: Report, share: Callable[[Day], Share]) -> str:
    return sparkline([share(day).percent for day in report.days])


def _points(now: Share, before: Share, *, better: int) -> Change | None:
    if now.percent is None or before.percent is None:
        return None
    moved = round(now.percent) - round(before.percent)
    text = _("%(points)+d points") % {"points": moved} if moved else _("as before")
    return Change(text, _tone(moved * better))


def _relative(now: float | None, before: float | None, *, better: int, of: int = FEWEST) -> Change | None:
    if now is None or not before or of < FEWEST or (isinstance(before, int) and before < FEWEST):
        return None
    moved = round(100 * (now - before) / before)
    text = _("%(percent)+d %%") % {"percent": moved} if moved else _("as before")
    return Change(text, _tone(moved * better))


def _difference(now: float | None, before: float | None, of: int, *, better: int) -> Change | None:
    if now is None or before is None or of < FEWEST:
        return None
    moved = round(now - before, 2)
    return Change(f"{moved:+.2f}" if moved else _("as before"), _tone(moved * better))


def _tone(direction: float) -> str:
    if not direction:
        return ""
    return "good" if direction > 0 else "bad"


def answer_sources(totals: Totals) -> list[tuple[Text, Share]]:
    """Where answers came from."""
    return [
        (gettext_lazy("written by the model"), Share(totals.from_model, totals.bot_answers)),
        (gettext_lazy("curated answer"), Share(totals.from_curated, totals.bot_answers)),
        (gettext_lazy("passages only"), Share(totals.from_passages, totals.bot_answers)),
        (gettext_lazy("looked up"), Share(totals.from_lookups, totals.bot_answers)),
    ]
