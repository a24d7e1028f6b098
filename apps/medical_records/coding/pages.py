"""The hospital's catalogues: diagnoses, drugs, tests."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.medical_records.coding import selectors, services
from apps.medical_records.coding.forms import CatalogueForm
from apps.medical_records.coding.resources import CATALOGUES
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.manage")
def catalogues(request: HttpRequest) -> HttpResponse:
    actor, row_list = actor_of(request), RowListView(CATALOGUES, request)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "resources/rows.html", {"row_list": row_list, "is_small": True})
    form = CatalogueForm(request.POST or None, request.FILES or None)
    if catalogue := submit_form(form, partial(services.begin_import, actor)):
        messages.success(request, _("File uploaded. Codes are suggested from it once it has been read."))
        return redirect("medical_records:catalogue", catalogue.pk)
    return render(request, "medical_records/coding/catalogues.html", {"row_list": row_list, "form": form})


@require_safe
@requires("records.manage")
def catalogue(request: HttpRequest, catalogue_id: UUID) -> HttpResponse:
    """With a search that shows what a record would find."""
    actor = actor_of(request)
    catalogue = selectors.catalogue_of(actor.organisation, catalogue_id)
    typed = request.GET.get("q", "")[:100]
    context = {
        "catalogue": catalogue,
        "typed": typed,
        "entries": selectors.search_entries(actor.organisation, catalogue.system, typed),
        "confirmed": selectors.confirmed_count(actor.organisation, catalogue.system),
        "result": (catalogue.job.result or {}) if catalogue.job else {},
    }
    return render(request, "medical_records/coding/catalogue.html", context)
