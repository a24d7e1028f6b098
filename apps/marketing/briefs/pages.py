"""Changing a brief, and its page: facts, what contradicts itself, what is read for it, and its copy."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.errors import NotFound
from apps.core.forms import submit_form
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.marketing.briefs import selectors, services
from apps.marketing.briefs.contradictions import contradictions
from apps.marketing.briefs.forms import DocumentForm, FactsFileForm, PageForm, SamplesForm
from apps.marketing.briefs.models import Brief, BriefSource
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.copywriting import selectors as copywriting
from apps.marketing.copywriting.forms import CopyRequestForm
from apps.resources.pages import form_page

# The form, its name on the page, and what it is for.
SOURCE_FORMS: dict[str, tuple[type[forms.Form], str, Callable[..., BriefSource]]] = {
    BriefSource.SourceType.PAGE: (PageForm, "page_form", services.read_page),
    BriefSource.SourceType.DOCUMENT: (DocumentForm, "document_form", services.read_document),
    BriefSource.SourceType.SAMPLES: (SamplesForm, "samples_form", services.learn_voice),
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def change_brief(request: HttpRequest, brief_id: UUID) -> HttpResponseBase:
    return form_page(BRIEFS, request, brief_id)


@require_safe
@requires("marketing.use")
def brief_page(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    return _brief_page(request, own_row(request, selectors.brief_list, brief_id))


def _brief_page(request: HttpRequest, brief: Brief, **refused_forms: forms.Form) -> HttpResponse:
    """With the forms that were refused as they were sent."""
    context = _reading_context(brief) | {
        "contradictions": contradictions(brief),
        "channels": copywriting.copy_by_channel(brief),
        "requests": copywriting.open_requests(brief),
        "has_model": bool(inference.candidates(brief.organisation, Purpose.CHAT)),
        "copy_form": CopyRequestForm(),
        "page_form": PageForm(),
        "document_form": DocumentForm(auto_id="document_%s"),
        "facts_form": FactsFileForm(auto_id="facts_%s"),
        "samples_form": SamplesForm(),
        **refused_forms,
    }
    return render(request, "marketing/briefs/brief.html", context)


@require_safe
@requires("marketing.use")
def brief_reading(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    """Facts, voice and what is being read, alone: asked for again and again while a job reads."""
    context = _reading_context(own_row(request, selectors.brief_list, brief_id))
    return render(request, "marketing/briefs/facts.html", context)


@require_POST
@requires("marketing.use")
def add_brief_source(request: HttpRequest, brief_id: UUID, source_kind: str) -> HttpResponse:
    """A page, a document or samples, which a job reads."""
    brief = own_row(request, selectors.brief_list, brief_id)
    if source_kind not in SOURCE_FORMS:
        raise NotFound
    form_class, name, service = SOURCE_FORMS[source_kind]
    form = form_class(request.POST, request.FILES)
    if submit_form(form, partial(service, actor_of(request), brief)):
        return redirect(brief)
    return _brief_page(request, brief, **{name: form})


def _reading_context(brief: Brief) -> dict[str, Any]:
    sources = list(selectors.sources(brief)[:10])
    return {
        "brief": brief,
        "facts": selectors.fact_list(brief),
        "sources": sources,
        "is_reading": any(source.is_under_way for source in sources),
    }
