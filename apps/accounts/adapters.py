"""How allauth behaves here: who may sign up, where people land."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors
from apps.accounts.authentication import client_address
from apps.accounts.models import Invitation, User

INVITATION_SESSION_KEY = "invitation"


def invitation_in_session(request: HttpRequest) -> Invitation | None:
    token = request.session.get(INVITATION_SESSION_KEY)
    return selectors.open_invitation(token) if token else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This address and password do not belong together. Check both, or set a new password below."
        ),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, or set a new password below."),
        "incorrect_code": _("This code is not right. Take the newest one from your app."),
        "incorrect_password": _("This password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """By invitation only, unless the installation says otherwise."""
        return bool(settings.SIGNUP_OPEN) or invitation_in_session(request) is not None

    def clean_email(self, email: str) -> str:
        invitation = None if settings.SIGNUP_OPEN else invitation_in_session(self.request)
        if invitation and invitation.email.lower() != email.lower():
            raise ValidationError(
                _("The invitation is for %(email)s. Use that address."), params={"email": invitation.email}
            )
        return str(super().clean_email(email))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Back to the invitation that brought the person here, if one did."""
        if invitation_in_session(request):
            return reverse("accounts:join")
        return str(super().get_login_redirect_url(request))

    get_signup_redirect_url = get_login_redirect_url

    def get_client_ip(self, request: HttpRequest) -> str:
        """Limits count by the same address that keys are checked against."""
        return client_address(request) or "unknown"

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whoever chose a language once has it in every browser."""
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        if user.language:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return response


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """New people come in by the same rule as with a password; known addresses are let in anyway."""
        if settings.SIGNUP_OPEN:
            return True
        invitation = invitation_in_session(request)
        return invitation is not None and invitation.email.lower() == sociallogin.user.email.lower()
