from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import SESSION_KEY, actor_of, asks_password, requires
from apps.core.errors import NotFound, PermissionDenied
from apps.operations.deletion.models import delay
from apps.operations.demonstration import selectors, services


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
@asks_password
def start_empty(request: HttpRequest) -> HttpResponse:
    """What goes and what stays, and the button."""
    actor = actor_of(request)
    if not actor.is_owner:
        raise PermissionDenied
    if not selectors.is_demonstration(actor.organisation):
        raise NotFound
    if request.method == "POST":
        organisation = services.start_empty(actor)
        request.session[SESSION_KEY] = str(organisation.pk)
        messages.success(request, _("Cleared. This organisation is empty."))
        return redirect("portal:home")
    context = {"days": delay().days, "staying": selectors.staying_members(actor).select_related("user")}
    return render(request, "operations/start_empty.html", context)
