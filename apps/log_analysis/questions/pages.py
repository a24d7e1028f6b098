"""A question in plain words: asked, answered by the search that it became, with what was understood and what was not."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import Text
from apps.log_analysis.questions import selectors
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.records.forms import LAST, CountForm
from apps.log_analysis.records.presenters import text_parts
from apps.log_analysis.records.value_names import GROUPS
from apps.log_analysis.templates.models import Level
from domain.logs.questions.unsupported_words import Unsupported

# Why not, what there is instead, where.
_INSTEAD: Mapping[str, tuple[Text, Text, str]] = {
    Unsupported.WHY: (
        _("A search cannot say why. Incidents show what came first, with the records that prove it."),
        _("Go to incidents"),
        "log_analysis:incidents",
    ),
    Unsupported.REMEDY: (
        _("A search cannot suggest a fix. An incident shows similar ones and what solved them."),
        _("Go to incidents"),
        "log_analysis:incidents",
    ),
    Unsupported.FORECAST: (
        _("Logs hold only what has happened. Nothing is forecast. Count by day to see how it went so far."),
        _("Count by day"),
        "log_analysis:record_counts",
    ),
    Unsupported.COMPARISON: (
        _("A question covers one period. Compare two on the comparison page."),
        _("Compare two windows"),
        "log_analysis:window_comparison",
    ),
    Unsupported.STATISTIC: (
        _("Averages and extremes are not calculated. Export the records to calculate them."),
        _("Show the records"),
        "log_analysis:records",
    ),
    Unsupported.EXCLUSION: (
        _("A search cannot leave records out. Say which levels, services or texts to show instead."),
        _("Show the records"),
        "log_analysis:records",
    ),
}


@require_safe
@requires("logs.view")
def record_question(request: HttpRequest, record_question_id: UUID) -> HttpResponse:
    """Leads to the search that it became, as far as it is understood by now."""
    return redirect(_search_address(_question(request, record_question_id)))


@require_safe
@requires("logs.view")
def record_question_reading(request: HttpRequest, record_question_id: UUID) -> HttpResponse:
    """What was understood, and what was not, for the page that shows the filter; asked again while a model reads."""
    question = _question(request, record_question_id)
    filters = {name: value for name, value in question.filters.items() if value not in ("", [])}
    shown = {name: values for name, values in request.GET.lists() if name != "asked" and values != [""]}
    is_shown = shown == {name: _plain(value) for name, value in filters.items()}
    context = {
        "question": question,
        "parts": text_parts(question.text),
        "understood": [
            (text_parts(words), _label(name), text_parts(_value_text(question, name, value)))
            for words, name, value in question.parts
        ],
        "left_out": [text_parts(words) for words in question.left_out],
        "unsupported": [
            (text_parts(words), *_INSTEAD[kind][:2], _instead_address(question, kind))
            for words, kind in question.unsupported
        ],
        "seconds": int((timezone.now() - question.created_at).total_seconds()),
        "narrower": _search_address(question) if question.is_narrower and not is_shown else "",
    }
    return render(request, "log_analysis/questions/reading.html", context)


def _search_address(question: RecordQuestion) -> str:
    address = reverse("log_analysis:record_counts" if question.is_counted else "log_analysis:records")
    return f"{address}?{urlencode({**question.filters, 'asked': question.pk}, doseq=True)}"


def _instead_address(question: RecordQuestion, kind: str) -> str:
    """With the filter, where the other page has one."""
    address = reverse(_INSTEAD[kind][2])
    if kind in (Unsupported.WHY, Unsupported.REMEDY):
        return address
    filters = {name: value for name, value in question.filters.items() if name not in ("by", "top")}
    filters |= {"by": "day"} if kind == Unsupported.FORECAST else {}
    return f"{address}?{urlencode(filters, doseq=True)}"


def _plain(value: Any) -> list[str]:
    """As an address holds it."""
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _label(name: str) -> Text:
    return pgettext("of a log record", "Time") if name == "since" else CountForm.base_fields[name].label or ""


def _value_text(question: RecordQuestion, name: str, value: str) -> str:
    if name == "last":
        return str(LAST[value][0])
    if name == "level":
        return ", ".join(str(Level(each).label) for each in value.split())
    if name == "by":
        return str(GROUPS.get(value, _("all together")))
    if name != "since" or value:
        return value
    ends: list[Any] = [parse_datetime(question.filters.get(end, "")) for end in ("since", "until")]
    return " – ".join(f"{end:%Y-%m-%d %H:%M}" if end else "…" for end in ends)


def _question(request: HttpRequest, record_question_id: UUID) -> RecordQuestion:
    return selectors.own_questions(actor_of(request)).one(pk=record_question_id)
