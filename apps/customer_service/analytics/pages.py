"""The staff's pages about questions without an answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput
from apps.customer_service.analytics import unanswered


@require_GET
@requires("conversations.view")
def unanswered_questions(request: HttpRequest) -> HttpResponse:
    """While they are being grouped, htmx asks for the list every two seconds."""
    organisation = actor_of(request).organisation
    context = {
        "groups": unanswered.listed_groups(organisation),
        "job": unanswered.latest_clustering(organisation),
        "days": unanswered.DAYS,
    }
    template = "unanswered_list" if request.htmx else "unanswered"  # type: ignore[attr-defined]
    return render(request, f"customer_service/analytics/{template}.html", context)


@require_POST
@requires("conversations.manage")
def cluster_unanswered(request: HttpRequest) -> HttpResponse:
    unanswered.request_clustering(actor_of(request))
    return redirect("customer_service:unanswered")


@require_POST
@requires("conversations.manage")
def dismiss_question(request: HttpRequest) -> HttpResponse:
    try:
        unanswered.dismiss(actor_of(request), question=request.POST.get("question", ""))
        messages.success(request, _("The question is not listed any more."))
    except InvalidInput as refusal:
        messages.error(request, str(refusal.fields["question"][0]))
    return redirect("customer_service:unanswered")
