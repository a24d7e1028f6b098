"""The page about what the desk saves and how good its drafts are."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.medical_records.analytics.selectors import DayFigure, DeskFigures, desk_figures

CHOICES = (7, 30, 90)
USUAL_DAYS = 30
CHART_HEIGHT = 60


@require_GET
@requires("records.view")
def figures(request: HttpRequest) -> HttpResponse:
    days = _days(request)
    found = desk_figures(actor_of(request).organisation, days=days)
    context = {
        "figures": found,
        "key_figures": _key_figures(found),
        "bars": _bars(found.by_day),
        "chart_height": CHART_HEIGHT,
        "choices": CHOICES,
        "days": days,
    }
    return render(request, "medical_records/analytics/figures.html", context)


@require_GET
@requires("records.view")
def export_figures(request: HttpRequest) -> HttpResponse:
    found = desk_figures(actor_of(request).organisation, days=_days(request))
    response = JsonResponse(asdict(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="medical-record-figures.json"'
    return response


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, CHOICES) else USUAL_DAYS


def _key_figures(found: DeskFigures) -> list[dict[str, Any]]:
    return [
        {
            "label": _("Records signed"),
            "value": found.signed,
            "note": _("%(count)d wait for a review or a signature") % {"count": found.waiting},
            "counted": _(
                "Records whose first version was signed in these days. Amendments are counted apart: %(count)d."
            )
            % {"count": found.amended},
        },
        {
            "label": _("Minutes saved"),
            "value": round(found.minutes_saved),
            "note": _("of %(count)d by hand") % {"count": found.signed * found.minutes_by_hand},
            "counted": _(
                "An estimate: the minutes a record takes by hand, from the settings, times the share of the signed "
                "text that was not written anew."
            ),
        },
        {
            "label": _("Changed before the signature"),
            "value": _percent(found.edit_ratio),
            "note": _("%(count)d signed as drafted") % {"count": found.untouched},
            "counted": _(
                "The middle record: characters changed between the model's draft and the signed text, per "
                "character of the signed text."
            ),
        },
        {
            "label": _("Not in what was said"),
            "value": _percent(found.unsupported_ratio),
            "note": _("left out of every export"),
            "counted": _("Statements of the drafts for which no words of the transcript were found."),
        },
        {
            "label": _("Written by people"),
            "value": _percent(found.entered_ratio),
            "note": "",
            "counted": _(
                "Statements that a person entered or took responsibility for, of all in the signed records."
            ),
        },
        {
            "label": _("From the last word to the signature"),
            "length": _length(found.turnaround_seconds),
            "note": _nine_in_ten(found.turnaround_p90_seconds),
            "counted": _("The middle record, from the end of the recording to the signature."),
        },
        {
            "label": _("From the last word to the draft"),
            "length": _length(found.draft_seconds),
            "note": _("%(count)d minutes of speech") % {"count": round(found.audio_minutes)},
            "counted": _("The middle record, from the end of the recording to the model's draft."),
        },
    ]


def _nine_in_ten(seconds: float | None) -> str:
    return "" if seconds is None else _("nine of ten within %(time)s") % {"time": _clock(seconds)}


def _bars(days: list[DayFigure]) -> list[dict[str, Any]]:
    """Heights in CHART_HEIGHT; an empty day keeps its place."""
    most = max((day.signed for day in days), default=0) or 1
    bars = []
    for place, day in enumerate(days):
        height = round(CHART_HEIGHT * day.signed / most)
        bars.append({"x": place, "y": CHART_HEIGHT - height, "height": height, "day": day})
    return bars


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))


def _clock(seconds: float | None) -> str:
    return "–" if seconds is None else str(timedelta(seconds=round(seconds)))
