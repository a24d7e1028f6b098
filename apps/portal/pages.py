from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views import i18n
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import alerts, selectors
from apps.accounts.access import SESSION_KEY, actor_of, is_operator, public, requires, signed_in
from apps.accounts.models import User
from apps.core.errors import ApplicationError, InvalidInput
from apps.dashboards.value.week import week_sentences
from apps.portal import file_takers, recent_work, today
from apps.portal.forms import FileHeadForm
from apps.portal.onboarding import onboarding_steps
from apps.resources import finding


@require_safe
@requires(None)
def home(request: HttpRequest) -> HttpResponse:
    """What needs me and my recent work; htmx asks for the latter alone when some of it moved."""
    actor = actor_of(request)
    recent = recent_work.recent_work(actor)
    context: dict[str, Any] = {"works": recent}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "portal/recent_work.html", context)
    context |= {
        "alerts": alerts.alerts(actor),
        "steps": [] if recent else onboarding_steps(actor),
        "may_see_jobs": actor.may("jobs.view"),
        "file_titles": file_takers.titles_of(file_takers.takers_for(actor)),
    }
    return render(request, "portal/home.html", context)


@require_safe
@requires(None)
def day(request: HttpRequest) -> HttpResponse:
    """The cards of today and the state of the models, which the start page fetches once it stands."""
    actor = actor_of(request)
    context = {
        "cards": today.today_cards(actor),
        "health": today.model_health(actor),
        "week": week_sentences(actor.organisation) if actor.may("analytics.view") else [],
    }
    return render(request, "portal/day.html", context)


@require_POST
@requires(None)
def find(request: HttpRequest) -> HttpResponse:
    """Rows by name, for the finder that every page has; its pages and actions stand in the page already.

    Not in an address, which servers write down: somebody may type the name of a patient.
    """
    kinds = list(finding.found(actor_of(request), request.POST.get("text", "")))
    return render(request, "portal/found.html", {"kinds": kinds})


@require_POST
@requires(None)
def file_offers(request: HttpRequest) -> HttpResponse:
    """What a dropped file may be taken for, from its name, its size and its first bytes, which are not kept."""
    form, context = FileHeadForm(request.POST, request.FILES), {}
    if not form.is_valid():
        raise InvalidInput(fields={name: [*lines] for name, lines in form.errors.items()})
    try:
        offers = file_takers.offers_for(actor_of(request), **form.file_head())
        context = {"offers": offers, "is_asked": len(offers) > 1 or offers[0].form is not None}
    except ApplicationError as error:
        context = {"refusal": error.reason}
    return render(request, "portal/dropped_file.html", context | {"name": form.cleaned_data["head"].name})


@signed_in
def no_organisation(request: HttpRequest) -> HttpResponse:
    """Operators belong to none as a rule, and work in the admin."""
    if is_operator(request):
        return redirect("admin:index")
    return render(request, "portal/no_organisation.html")


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keeps the choice in a cookie, and with the person when somebody is signed in."""
    code = request.POST.get("language", "")
    if request.user.is_authenticated and translation.check_for_language(code):
        User.objects.filter(pk=request.user.pk).update(language=code)
    return i18n.set_language(request)


@require_POST
@signed_in
def switch_organisation(request: HttpRequest) -> HttpResponse:
    member = selectors.current_membership(request.user, request.POST.get("organisation"))  # type: ignore[arg-type]
    if member:
        request.session[SESSION_KEY] = str(member.organisation_id)
    return redirect("portal:home")
