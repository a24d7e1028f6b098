from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts import selectors as accounts
from apps.accounts.access import actor_of, requires
from apps.privacy import members, retention, retention_rules
from apps.privacy.report_file import report_response


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
def retention_page(request: HttpRequest) -> HttpResponse:
    """How long everything is kept, what goes next, and the word of a person that a clock that jumped is right."""
    actor = actor_of(request)
    if request.method == "POST":
        retention.confirm_clock(actor)
        messages.success(request, _("Expired data is deleted within the hour."))
        return redirect("privacy:retention")
    context = {
        "clock": retention.stopped_clock(actor.organisation),
        "now": timezone.now(),
        "views": retention_rules.views(actor),
    }
    return render(request, "privacy/retention.html", context)


@require_GET
@requires("organisation.manage")
def member_report(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """A file with all that is held of the member's own."""
    actor = actor_of(request)
    member = accounts.members(actor.organisation).one(pk=membership_id)
    return report_response(members.member_report(actor, member))
