from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views import i18n
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import alerts, selectors
from apps.accounts.access import SESSION_KEY, actor_of, is_operator, public, requires, signed_in
from apps.accounts.models import User
from apps.jobs import selectors as jobs
from apps.jobs import subjects
from apps.portal.onboarding import onboarding_steps

RECENT_JOBS = 6


@require_GET
@requires(None)
def home(request: HttpRequest) -> HttpResponse:
    """What needs me, my jobs; htmx asks for the jobs alone while one of them is under way."""
    actor = actor_of(request)
    recent = jobs.recent_jobs(actor, limit=RECENT_JOBS)
    subjects.attach(actor, recent)
    context = {"jobs": recent, "is_live": any(not job.is_terminal for job in recent)}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "portal/my_jobs.html", context)
    context |= {"alerts": alerts.alerts(actor), "steps": [] if recent else onboarding_steps(actor)}
    return render(request, "portal/home.html", context)


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
