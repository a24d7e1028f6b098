"""The portal's pages about documents."""

from functools import partial
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.row_access import RowAccess
from apps.accounts.selectors import group_names
from apps.audit.file_exports import FileExport
from apps.core.errors import ApplicationError, NotFound
from apps.core.forms import submit_form
from apps.core.pages import PAGE_ROWS, paginate
from apps.core.punctuation import colon
from apps.core.row_table import RowTable
from apps.knowledge import exports, passages, reader, rights, selectors, services
from apps.knowledge.forms import CollectionForm, GrantForm, PassageForm, SearchForm, UploadForm
from apps.knowledge.models import Collection, Document
from apps.knowledge.page_views import page_views, second_readings
from apps.knowledge.resources import DOCUMENTS, GRANTS
from apps.resources.presenters import RowListView
from llm_backend.unicode_forms import nfc

DOCUMENT_ACCESS = RowAccess(
    permission="knowledge.view",
    find=selectors.own_document,
    title=lambda document: document.title,
    back="knowledge:document",
    reason=rights.reason,
)
COLLECTION_ACCESS = RowAccess(
    permission="knowledge.view",
    find=selectors.own_collection,
    title=lambda collection: collection.name,
    back="knowledge:collection",
    reason=rights.reason,
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("knowledge.edit")
def create_collection(request: HttpRequest) -> HttpResponse:
    form = CollectionForm(request.POST or None)
    if new_collection := submit_form(form, partial(services.create_collection, actor_of(request))):
        return redirect("knowledge:collection", new_collection.pk)
    return render(request, "knowledge/create_collection.html", {"form": form})


@require_safe
@requires("knowledge.view")
def collection(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """The collection's documents; htmx asks for the rows alone when a job of one of them moved."""
    row = _collection(request, collection_id)
    template = "resources/rows.html" if request.htmx else "knowledge/collection.html"  # type: ignore[attr-defined]
    context = {
        "collection": row,
        "row_list": RowListView(DOCUMENTS, request, collection=row),
        "is_small": True,
        "form": UploadForm(),
    }
    return render(request, template, context)


@require_safe
@requires("knowledge.edit")
def collection_access(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    return _access_page(request, _collection(request, collection_id), "collection")


@require_safe
@requires("knowledge.edit")
def document_access(request: HttpRequest, document_id: UUID) -> HttpResponse:
    return _access_page(request, _document(request, document_id), "document")


def _access_page(request: HttpRequest, row: Collection | Document, kind: str) -> HttpResponse:
    """Whether the row is restricted, and who is let in all the same, for whoever may change it."""
    rights.require_editor(actor_of(request), row if isinstance(row, Collection) else row.collection)
    context = {
        "subject": row,
        "kind": kind,
        "page_of_row": f"knowledge:{kind}",
        "who_sees": f"knowledge:who_sees_{kind}",
        "acts": {verb: f"knowledge:{verb}_{kind}" for verb in ("restrict", "open", "grant", "revoke")},
        "table": RowTable(GRANTS, rights.grants_of(row), acts_part="knowledge/revoke.html"),
        "form": GrantForm(row=row),
        "groups": group_names(row.organisation),
    }
    return render(request, "knowledge/access.html", context)


@require_GET
@requires("knowledge.view")
def export_documents(request: HttpRequest, collection_id: UUID) -> HttpResponseBase:
    row = _collection(request, collection_id)
    actor = actor_of(request)
    rows = selectors.document_list(actor).filter(collection=row)
    export = FileExport(actor, "documents.exported", target=row)
    file_type = request.GET.get("format", "csv")
    return export.list_response(rows, exports.columns(), name="documents", file_type=file_type)


@require_POST
@requires("knowledge.edit")
def upload(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    target = _collection(request, collection_id)
    form = UploadForm(request.POST, request.FILES)
    for file in form.cleaned_data["documents"] if form.is_valid() else []:
        try:
            # Some systems write “é” as two characters: it is the same file as from others.
            name = nfc(file.name)
            result = services.upload_document(actor_of(request), collection=target, file=file, name=name)
        except ApplicationError as error:
            messages.error(request, f"{file.name}{colon()}{error.message}")
        else:
            tell = messages.success if result.is_new else messages.info
            text = _("“%(name)s” was uploaded.")
            if not result.is_new:
                text = _("“%(name)s” is already in this collection.")
            tell(request, text % {"name": file.name})
    for line in form.errors.get("documents", []):
        messages.error(request, str(line))
    return redirect("knowledge:collection", target.pk)


@require_safe
@requires("knowledge.view")
def document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """`?passage=` lights one up, beside the page of the document where it stands."""
    row, chosen = _document(request, document_id), request.GET.get("passage", "")
    lit = int(chosen) if chosen.isdecimal() and len(chosen) < 9 else None
    page = paginate(request, selectors.passage_list(row))
    context = {"document": row, "page": page, "views": page_views(page, lit), "lit": lit}
    return render(request, "knowledge/document.html", context | {"second": second_readings(row)})


@require_safe
@requires("knowledge.view")
def document_page(request: HttpRequest, document_id: UUID, number: int) -> HttpResponse:
    """A page as a picture, drawn in a child process within limits."""
    row = _document(request, document_id)
    if not row.has_page_pictures or not row.file:
        raise NotFound
    picture = reader.page_picture(Path(row.file.path), row.file_name, number)
    return HttpResponse(picture, content_type="image/jpeg")


@require_safe
@requires("knowledge.view")
def passage(request: HttpRequest, passage_id: UUID) -> HttpResponse:
    """Where a citation leads: the document's page that shows the passage, with its place lit."""
    row = selectors.readable_passage(actor_of(request), passage_id)
    page = row.ordinal // PAGE_ROWS + 1
    address = reverse("knowledge:document", args=[row.document_id])
    return redirect(f"{address}?page={page}&passage={row.ordinal}#passage-{row.ordinal}")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("knowledge.edit")
def edit_passage(request: HttpRequest, passage_id: UUID) -> HttpResponse:
    """Its text, with what was read beside it; a conflict keeps what was typed."""
    actor = actor_of(request)
    row = selectors.editable_passage(actor, passage_id)
    form = PassageForm(request.POST or None, initial={"text": row.text, "version": row.version})
    if submit_form(form, partial(passages.change_passage, actor, row)):
        messages.success(request, _("The passage was changed."))
        return redirect("knowledge:passage", row.pk)
    return render(request, "knowledge/edit_passage.html", {"passage": row, "form": form})


@require_safe
@requires("knowledge.view")
def search(request: HttpRequest) -> HttpResponse:
    """Tries out what an assistant would find."""
    actor = actor_of(request)
    form = SearchForm(request.GET, collections=selectors.collection_list(actor))
    result = None
    if form.is_valid() and (question := form.cleaned_data["question"]):
        one = form.cleaned_data["collection"]
        collections = [one] if one else selectors.chosen_collections(actor, None)
        result = selectors.search(actor, collections=collections, question=question)
    return render(request, "knowledge/search.html", {"form": form, "found": result})


def _collection(request: HttpRequest, collection_id: UUID) -> Collection:
    return selectors.own_collection(actor_of(request), collection_id)


def _document(request: HttpRequest, document_id: UUID) -> Document:
    return selectors.own_document(actor_of(request), document_id)
