"""Operators' pages: organisations that are closed, that go, and that are gone. Owners take their export along."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, asks_password, operators_only, requires, user_of
from apps.accounts.admin_pages import admin_page
from apps.audit.file_exports import FileExport
from apps.core.errors import ApplicationError, InvalidInput, NotFound, PermissionDenied
from apps.core.forms import show_refusal
from apps.core.range_response import ranged_response
from apps.operations.deletion import selectors, services
from apps.operations.deletion.forms import DeletionForm
from apps.operations.deletion.models import delay
from apps.operations.deletion.selectors import OrganisationView
from apps.vault.files import open_sealed

PAGE = "admin_operations:organisation"


@require_safe
@operators_only
def organisations(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("q", "")[:100]
    views, count = selectors.organisations(typed)
    context = {"views": views, "count": count, "typed": typed, "past": selectors.past_deletions()}
    title = gettext_lazy("Deleting organisations")
    return admin_page(request, "operations/deletion/organisations.html", title, context)


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
@asks_password
def organisation(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """The export, and the form that closes the organisation; of one that is closed, until when it can be taken back."""
    view = _view(organisation_id)
    form = DeletionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close(user_of(request), view.organisation, **form.cleaned_data)
        except InvalidInput as error:
            show_refusal(form, error)
        except ApplicationError as error:
            messages.warning(request, error.reason)
            return redirect(PAGE, organisation_id)
        else:
            messages.success(request, _("The organisation is closed."))
            return redirect(PAGE, organisation_id)
    is_waiting = bool(view.export and view.export.is_under_way) or view.is_being_deleted
    context = {
        "view": view,
        "form": form,
        "waiver": services.WAIVER,
        "days": delay().days,
        # Nobody's typing is loaded away.
        "is_live": is_waiting and not form.is_bound,
    }
    return admin_page(request, "operations/deletion/organisation.html", view.organisation.name, context)


@require_GET
@requires("organisation.manage")
@asks_password
def download_export(request: HttpRequest) -> HttpResponseBase:
    """For owners: operators never read what patients and visitors said. Each download has its line in the trail."""
    actor = actor_of(request)
    if not actor.is_owner:
        raise PermissionDenied
    export = selectors.latest_export(actor.organisation)
    if export is None or not export.is_ready:
        raise NotFound
    name = f"{actor.organisation.slug}.zip"
    answer = ranged_response(open_sealed(export.path), range_header=None, name=name)
    return FileExport(actor, "organisation.exported", target=export).download(answer, name)


def _view(organisation_id: UUID) -> OrganisationView:
    """Raises NotFound, also once it is gone."""
    view = selectors.organisation(organisation_id)
    if view is None:
        raise NotFound
    return view
