"""What an organisation asks of its members' sessions, whatever page or address they call."""

import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.access import portal_actor
from apps.core.api import error_json
from apps.core.error_pages import SIGNED_OUT, error_page, page_of_form
from apps.core.errors import NotAuthenticated, SecondFactorNeeded

GetResponse = Callable[[HttpRequest], HttpResponse]

ACTIVE_SESSION_KEY = "active_at"
SIGNED_IN_KEY = "signed_in_at"
# Writing the session at every request would cost more than the requests.
ACTIVE_PRECISION_SECONDS = 30
# What somebody needs who has no second factor yet, beside the pages of allauth.
OPEN_VIEWS = {"portal:set_language", "portal:switch_organisation", "portal:no_organisation"}


def session_rules(get_response: GetResponse) -> GetResponse:
    """Signs idle people out, and leads those who need a second factor to set it up before anything else."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        return _signed_out_answer(request) if _is_led_to_sign_in(request, response) else response

    answer.process_view = _apply_rules  # type: ignore[attr-defined]
    return answer


def _apply_rules(request: HttpRequest, view: Any, *_view_arguments: Any) -> HttpResponse | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    actor = None if _is_over(request) else portal_actor(request)
    minutes = actor.organisation.idle_minutes if actor else None
    if minutes and request.user.is_authenticated and _is_idle(request, minutes):
        reason = ngettext(
            "You were signed out after %(count)d minute without activity.",
            "You were signed out after %(count)d minutes without activity.",
            minutes,
        )
        _sign_out(request, reason % {"count": minutes})
    if not request.user.is_authenticated or actor is None:
        return None
    is_open = view.__module__.startswith("allauth.") or request.resolver_match.view_name in OPEN_VIEWS  # type: ignore[union-attr]
    member = actor.member
    is_asked = member is not None and member.role in actor.organisation.second_factor_roles
    if is_open or not (member and is_asked) or is_mfa_enabled(member.user):
        return None
    return _second_factor_answer(request)


def _is_over(request: HttpRequest) -> bool:
    """Whether the session has reached the age at which everybody signs in anew; it is ended then."""
    now = int(time.time())
    # Sessions from before there was a limit begin now.
    began_at = request.session.setdefault(SIGNED_IN_KEY, now)
    if now - began_at < settings.SESSION_COOKIE_AGE:
        return False
    _sign_out(request, _("Your sign-in has expired. Please sign in again."))
    return True


def _sign_out(request: HttpRequest, reason: str) -> None:
    """`reason` is told above the form that signs in anew."""
    logout(request)
    request.actor = None  # type: ignore[attr-defined]
    messages.info(request, reason)


def _is_idle(request: HttpRequest, minutes: int) -> bool:
    """Whether nobody did anything for so long; notes that somebody did."""
    now = int(time.time())
    active_at = request.session.get(ACTIVE_SESSION_KEY, now)
    if now - active_at > minutes * 60:
        return True
    is_new = ACTIVE_SESSION_KEY not in request.session
    # What a page does by itself, as asking for news or listening, keeps nobody signed in.
    listens = request.headers.get("Accept", "").startswith("text/event-stream")
    is_unattended = listens or "X-Unattended" in request.headers
    if is_new or (now - active_at >= ACTIVE_PRECISION_SECONDS and not is_unattended):
        request.session[ACTIVE_SESSION_KEY] = now
    return False


def _is_led_to_sign_in(request: HttpRequest, response: HttpResponse) -> bool:
    """What was sent, or is a part of a page; and not at the end of signing out."""
    is_no_page = request.method == "POST" or request.htmx  # type: ignore[attr-defined]
    return is_no_page and response.get("Location", "").startswith(f"{reverse(settings.LOGIN_URL)}?")


def _signed_out_answer(request: HttpRequest) -> HttpResponse:
    """For htmx, which would put the page of signing in where it asked for a part of a page: the whole page goes there, and
    what somebody typed and sent stays where it is. A form leads back to its page, as nothing may be there to look at where
    it was sent.
    """
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect_to_login(page_of_form(request) or reverse("portal:home"))
    if request.method != "GET":
        return error_page(NotAuthenticated(SIGNED_OUT))
    here = request.htmx.current_url_abs_path or reverse("portal:home")  # type: ignore[attr-defined]
    return HttpResponseClientRedirect(redirect_to_login(here).url)


def _second_factor_answer(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return error_json(SecondFactorNeeded())
    address = reverse("mfa_activate_totp")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(address)
    messages.info(request, _("Your organisation requires two-factor sign-in. Set it up to continue."))
    return redirect(address)
