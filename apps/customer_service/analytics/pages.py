"""The staff's pages about questions without an answer."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.customer_service.analytics import unanswered


@require_GET
@requires("conversations.view")
def unanswered_questions(request: HttpRequest) -> HttpResponse:
    """While they are being grouped, htmx asks for the list every two seconds."""
    organisation = actor_of(request).organisation
    groups = unanswered.listed_groups(organisation)
    context = {
        "groups": groups,
        "questions_count": 0 if groups else unanswered.questions_count(organisation),
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
    dismiss = partial(unanswered.dismiss, actor_of(request), question=request.POST.get("question", ""))
    success = _("This question is no longer in the list.")
    return act_and_go_back(request, dismiss, "customer_service:unanswered", success=success)
