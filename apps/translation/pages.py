"""The desk's pages: a text, documents, the review of both."""

import io
from functools import partial
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import submit_form
from apps.core.pages import paginate
from apps.resources.presenters import RowListView
from apps.translation import selectors, services
from apps.translation.forms import DocumentForm, TextForm
from apps.translation.models import Translation, TranslationSegment
from apps.translation.resources import TRANSLATIONS


@require_http_methods(["GET", "HEAD", "POST"])
@requires("translation.use")
def text(request: HttpRequest) -> HttpResponse:
    form = TextForm(request.POST or None)
    if translation := submit_form(form, partial(services.translate_text, actor_of(request))):
        return redirect("translation:translation", translation.pk)
    return render(request, "translation/text.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("translation.use")
def documents(request: HttpRequest) -> HttpResponse:
    """What was translated, newest first; htmx asks for the rows alone while something is under way."""
    actor = actor_of(request)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        service = partial(services.translate_document, actor, name=form.cleaned_data["file"].name)
        if translation := submit_form(form, service):
            return redirect("translation:translation", translation.pk)
    template = "resources/rows.html" if request.htmx else "translation/documents.html"  # type: ignore[attr-defined]
    context = {"form": form, "row_list": RowListView(TRANSLATIONS, request), "is_small": True}
    return render(request, template, context)


@require_safe
@requires("translation.use")
def translation(request: HttpRequest, translation_id: UUID) -> HttpResponse:
    """Source and translation side by side; while it is being written, the job's events fill the right side."""
    translation = _translation(request, translation_id)
    segments = selectors.segment_list(translation).select_related("translation__job")
    if "marked" in request.GET:
        segments = segments.filter(is_marked=True)
    context = {"translation": translation, "page": paginate(request, segments)}
    return render(request, "translation/translation.html", context)


@require_POST
@requires("translation.use")
def segment(request: HttpRequest, translation_segment_id: UUID) -> HttpResponse:
    """Stores what the reviewer wrote; htmx gets the segment as it is now, with what the checks still find."""
    actor = actor_of(request)
    rows = TranslationSegment.objects.within(actor.organisation).select_related("translation__job")
    segment = rows.one(pk=translation_segment_id)
    reason = None
    try:
        services.review_segment(actor, segment, target=request.POST.get("target", ""))
    except ApplicationError as error:
        reason = error.reason
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("translation:translation", segment.translation_id)
    return render(request, "translation/segment.html", {"segment": segment, "error": reason})


@require_GET
@requires("translation.use")
def export(request: HttpRequest, translation_id: UUID) -> FileResponse:
    translation = _translation(request, translation_id)
    content = services.export_translation(actor_of(request), translation)
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=translation.file_name)


def _translation(request: HttpRequest, translation_id: UUID) -> Translation:
    return selectors.translation_list(actor_of(request).organisation).one(pk=translation_id)
