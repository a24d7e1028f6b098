from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views import i18n
from django.views.decorators.http import require_POST

from apps.accounts import selectors
from apps.accounts.access import SESSION_KEY, public, requires
from apps.accounts.models import User


@requires(None)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/home.html")


@login_required
def no_organisation(request: HttpRequest) -> HttpResponse:
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
@login_required
def switch_organisation(request: HttpRequest) -> HttpResponse:
    member = selectors.current_membership(request.user, request.POST.get("organisation"))  # type: ignore[arg-type]
    if member:
        request.session[SESSION_KEY] = str(member.organisation_id)
    return redirect("portal:home")
