"""The portal's pages about sources of documents."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.connectors import selectors, services
from apps.connectors.forms import KIND_FORMS, SourceForm
from apps.connectors.models import DocumentSource
from apps.connectors.resources import SOURCE_ITEMS
from apps.core.forms import submit_form
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("knowledge.edit")
def new_source(request: HttpRequest) -> HttpResponse:
    """First which kind, then what that kind has to be told."""
    actor, kind = actor_of(request), request.GET.get("kind", "")
    if kind not in KIND_FORMS:
        return render(request, "connectors/kinds.html", {"kinds": DocumentSource.SourceKind.choices})
    form = SourceForm(request.POST or None, actor=actor, kind=kind)
    create = partial(services.create_source, actor, kind=kind)
    if source := submit_form(form, create):
        return redirect(source)
    label = DocumentSource.SourceKind(kind).label
    return render(request, "connectors/new_source.html", {"form": form, "kind_label": label})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("knowledge.edit")
def document_source(request: HttpRequest, document_source_id: UUID) -> HttpResponse:
    """What came, what failed and why; htmx asks for the rows alone when the job moved. The form changes the source."""
    actor = actor_of(request)
    source = selectors.own_source(actor, document_source_id)
    items = RowListView(SOURCE_ITEMS, request, source=source)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "connectors/source_state.html", {"source": source, "row_list": items})
    form = SourceForm(request.POST or None, actor=actor, kind=source.kind, source=source)
    if submit_form(form, partial(services.change_source, actor, source)):
        messages.success(request, _("Saved."))
        return redirect(source)
    return render(request, "connectors/source.html", {"source": source, "row_list": items, "form": form})
