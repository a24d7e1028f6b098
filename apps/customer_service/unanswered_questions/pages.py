"""The staff's pages about questions without an answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.customer_service.unanswered_questions import selectors


@require_safe
@requires("conversations.view")
def unanswered_questions(request: HttpRequest) -> HttpResponse:
    """While they are being grouped, htmx asks for the list every two seconds."""
    organisation = actor_of(request).organisation
    groups = selectors.listed_groups(organisation)
    context = {
        "groups": groups,
        "questions_count": 0 if groups else selectors.questions_count(organisation),
        "job": selectors.latest_clustering(organisation),
        "days": selectors.DAYS,
    }
    template = "unanswered_list" if request.htmx else "unanswered_questions"  # type: ignore[attr-defined]
    return render(request, f"customer_service/unanswered_questions/{template}.html", context)
