"""Segments: their list, their rule row by row or in plain words, and groups of people who are alike."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.pages import optional_uuid
from apps.core.row_table import RowTable
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.marketing.profiles.resources import PEOPLE
from apps.marketing.profiles.selectors import people_page
from apps.marketing.rules.rules import read_rule
from apps.marketing.segments import selectors
from apps.marketing.segments.editor import SegmentEditor
from apps.marketing.segments.forms import SegmentQuestionForm
from apps.marketing.segments.models import Segment, SegmentQuestion
from apps.marketing.segments.resources import SEGMENTS
from apps.resources.pages import list_page


@require_safe
@requires("marketing.people")
def segments(request: HttpRequest) -> HttpResponseBase:
    has_model = bool(inference.candidates(actor_of(request).organisation, Purpose.EXTRACTION))
    return list_page(SEGMENTS, request, question_form=SegmentQuestionForm(), has_model=has_model)


@require_safe
@requires("marketing.people")
def segment(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    organisation, row = actor_of(request).organisation, own_row(request, selectors.segment_list, segment_id)
    after = optional_uuid(request.GET.get("after", ""))
    context: dict[str, Any] = {
        "segment": row,
        "words": read_rule(row.rule).words() if row.rule else "",
        "page": (page := people_page(organisation, segment=row, after=after)),
        "table": RowTable(PEOPLE, page.people, link=resolve_url),
        "after": after,
    }
    template = "segment_members" if request.htmx else "segment"  # type: ignore[attr-defined]
    return render(request, f"marketing/segments/{template}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def new_segment(request: HttpRequest) -> HttpResponse:
    """Empty, or as a model understood somebody's plain words: `?question=` names those."""
    organisation = actor_of(request).organisation
    asked = optional_uuid(request.GET.get("question", ""))
    question = SegmentQuestion.objects.within(organisation).filter(pk=asked).first() if asked else None
    return _segment_form(request, None, question)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def change_segment(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    return _segment_form(request, own_row(request, selectors.segment_list, segment_id), None)


@require_safe
@requires("marketing.people")
def segment_question(request: HttpRequest, segment_question_id: UUID) -> HttpResponse:
    """While a model reads it; then it leads to the rule that came of it, which nobody has saved yet."""
    rows = SegmentQuestion.objects.within(actor_of(request).organisation).select_related("job")
    question = rows.one(pk=segment_question_id)
    if question.rule:
        found = f"{reverse('marketing:new_segment')}?{urlencode({'question': str(question.pk)})}"
        return HttpResponseClientRedirect(found) if request.htmx else redirect(found)  # type: ignore[attr-defined]
    template = "question_progress" if request.htmx else "question"  # type: ignore[attr-defined]
    return render(request, f"marketing/segments/{template}.html", {"question": question})


def _segment_form(
    request: HttpRequest, row: Segment | None, question: SegmentQuestion | None
) -> HttpResponse:
    """Without a mouse or a script the buttons of the rows send the form, too, which then comes back changed."""
    actor = actor_of(request)
    editor = SegmentEditor(actor.organisation, row, question, request.POST or None)
    if editor.is_to_be_saved and (saved := editor.save(actor)):
        messages.success(request, _("Saved. Computing members…"))
        return redirect(saved)
    context: dict[str, Any] = {"editor": editor, "segment": row, "question": question}
    template = "rule" if request.htmx else "segment_form"  # type: ignore[attr-defined]
    return render(request, f"marketing/segments/{template}.html", context)
