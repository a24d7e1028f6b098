from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.privacy import retention


@require_http_methods(["GET", "POST"])
@requires("organisation.manage")
def retention_page(request: HttpRequest) -> HttpResponse:
    """What the clock says, and the word of a person that it is right."""
    actor = actor_of(request)
    if request.method == "POST":
        retention.confirm_clock(actor)
        messages.success(request, _("Expired data is deleted within the hour."))
        return redirect("privacy:retention")
    context = {"clock": retention.stopped_clock(actor.organisation), "now": timezone.now()}
    return render(request, "privacy/retention.html", context)
