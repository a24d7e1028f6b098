"""The desk's pages: a text, documents, the review of both, the glossary."""

import io
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core import tables
from apps.core.errors import ApplicationError
from apps.core.forms import accepted, show_refusal
from apps.translation import selectors, services
from apps.translation.forms import DocumentForm, GlossaryFileForm, TermForm, TextForm
from apps.translation.models import Translation, TranslationSegment

DOCUMENTS_A_PAGE = 30
SEGMENTS_A_PAGE = 40
TERMS_A_PAGE = 100


@require_http_methods(["GET", "POST"])
@requires("translation.use")
def text(request: HttpRequest) -> HttpResponse:
    form = TextForm(request.POST or None)
    if made := accepted(form, partial(services.translate_text, actor_of(request))):
        return redirect("translation:translation", made.pk)
    return render(request, "translation/text.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("translation.use")
def documents(request: HttpRequest) -> HttpResponse:
    """What was translated, newest first; htmx asks for the rows alone while something is under way."""
    actor = actor_of(request)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        service = partial(services.translate_document, actor, name=form.cleaned_data["file"].name)
        if made := accepted(form, service):
            return redirect("translation:translation", made.pk)
    page = Paginator(selectors.translation_list(actor.organisation), DOCUMENTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    template = "rows" if request.htmx else "documents"  # type: ignore[attr-defined]
    context = {"form": form, "page": page, "is_live": any(each.is_under_way for each in page)}
    return render(request, f"translation/{template}.html", context)


@require_GET
@requires("translation.use")
def translation(request: HttpRequest, translation_id: UUID) -> HttpResponse:
    """Source and translation side by side; while it is being written, the job's events fill the right side."""
    found = _translation(request, translation_id)
    listed = selectors.segment_list(found)
    if "marked" in request.GET:
        listed = listed.filter(is_marked=True)
    page = Paginator(listed.select_related("translation__job"), SEGMENTS_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "translation/translation.html", {"translation": found, "page": page})


@require_POST
@requires("translation.use")
def segment(request: HttpRequest, translation_segment_id: UUID) -> HttpResponse:
    """Stores what the reviewer wrote; htmx gets the segment as it is now, with what the checks still find."""
    actor = actor_of(request)
    rows = TranslationSegment.objects.within(actor.organisation).select_related("translation__job")
    found = get_object_or_404(rows, pk=translation_segment_id)
    error = None
    try:
        services.review_segment(actor, found, target=request.POST.get("target", ""))
    except ApplicationError as refusal:
        error = next((lines[0] for lines in refusal.fields.values()), refusal.message)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("translation:translation", found.translation_id)
    return render(request, "translation/segment.html", {"segment": found, "error": error})


@require_GET
@requires("translation.use")
def export(request: HttpRequest, translation_id: UUID) -> FileResponse:
    found = _translation(request, translation_id)
    content = services.export_translation(actor_of(request), found)
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=found.file_name)


@require_POST
@requires("translation.use")
def delete(request: HttpRequest, translation_id: UUID) -> HttpResponse:
    services.delete_translation(actor_of(request), _translation(request, translation_id))
    messages.success(request, _("The translation was deleted."))
    return redirect("translation:documents")


@require_http_methods(["GET", "POST"])
@requires("translation.use")
def glossary(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.method == "POST":
        actor.require("translation.manage")
    form = TermForm(request.POST or None)
    if accepted(form, partial(services.save_term, actor)):
        messages.success(request, _("Saved."))
        return redirect("translation:glossary")
    page = Paginator(selectors.glossary(actor.organisation), TERMS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "translation/glossary.html", {"form": form, "page": page, "file_form": GlossaryFileForm()}
    )


@require_POST
@requires("translation.manage")
def delete_term(request: HttpRequest, glossary_term_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    services.delete_term(
        actor, get_object_or_404(selectors.glossary(actor.organisation), pk=glossary_term_id)
    )
    return redirect("translation:glossary")


@require_POST
@requires("translation.manage")
def import_glossary(request: HttpRequest) -> HttpResponse:
    form = GlossaryFileForm(request.POST, request.FILES)
    try:
        content = form.cleaned_data["file"].read(tables.MAX_BYTES + 1) if form.is_valid() else b""
        count = services.import_glossary(actor_of(request), content=content)
    except ApplicationError as refusal:
        show_refusal(form, refusal)
        for line in form.errors.get("file", []):
            messages.error(request, str(line))
    else:
        text = ngettext("%(count)d term was imported.", "%(count)d terms were imported.", count)
        messages.success(request, text % {"count": count})
    return redirect("translation:glossary")


@require_GET
@requires("translation.use")
def export_glossary(request: HttpRequest) -> HttpResponseBase:
    names = [column.name for column in services.GLOSSARY_COLUMNS]
    rows = selectors.glossary(actor_of(request).organisation).values(*names)
    return tables.response(rows, name="glossary", file_type="csv", headings=names)


def _translation(request: HttpRequest, translation_id: UUID) -> Translation:
    return get_object_or_404(selectors.translation_list(actor_of(request).organisation), pk=translation_id)
