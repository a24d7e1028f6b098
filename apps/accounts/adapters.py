"""How allauth behaves here: who may sign up, where people land."""

import logging
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts import group_roles, passwords, selectors, sign_in_limits, single_sign_on
from apps.accounts.authentication import client_address
from apps.accounts.cookies import remember_language
from apps.accounts.models import Invitation, User
from apps.core import fields
from apps.core.errors import PermissionDenied

# Of somebody who came by a socket of this machine.
NO_ADDRESS = "0.0.0.0"  # noqa: S104
INVITATION_SESSION_KEY = "invitation"
MAX_NAME_CHARACTERS = 100
PASSWORD_ELSEWHERE = _(
    "Your password is kept by your organisation's directory or single sign-on. Change it there."
)

logger = logging.getLogger(__name__)


def invitation_in_session(request: HttpRequest) -> Invitation | None:
    token = request.session.get(INVITATION_SESSION_KEY)
    return selectors.open_invitation(token) if token else None


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "Wrong e-mail address or password. Check both, or reset your password below."
        ),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, or reset your password below."),
        "incorrect_password": _("Wrong password."),
        "directory_away": _(
            "The directory is not responding, so only accounts with a local password can sign in. Try again in a minute."
        ),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """See `sign_in_limits`. A right password gives back what the attempt took: allauth rolls the usage back."""
        account = str(credentials.get("email") or credentials.get("username") or "")
        self._login_failed_rl_usage = sign_in_limits.attempt(request, account)
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A directory that is away looks like a wrong password; the person is told which of the two it is."""
        if getattr(request, "is_directory_away", False):
            raise self.validation_error("directory_away")

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Sign-up is by invitation only, unless the installation says otherwise."""
        return bool(settings.SIGNUP_OPEN) or invitation_in_session(request) is not None

    def clean_email(self, email: str) -> str:
        """Raises ValidationError for an address that the invitation is not for."""
        invitation = None if settings.SIGNUP_OPEN else invitation_in_session(self.request)
        if invitation and invitation.email.lower() != email.lower():
            raise ValidationError(
                _("This invitation is for %(email)s. Sign up with that address."),
                params={"email": invitation.email},
            )
        return str(super().clean_email(email))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """A link would lead to a password that opens nothing, or that outlives what lets the person in."""
        if passwords.is_kept_elsewhere(user):
            self.send_mail("accounts/password_elsewhere", email, context)
        else:
            super().send_password_reset_mail(user, email, context)

    def set_password(self, user: User, password: str) -> None:
        """Raises PermissionDenied where it is kept elsewhere."""
        if passwords.is_kept_elsewhere(user):
            raise PermissionDenied(PASSWORD_ELSEWHERE)
        super().set_password(user, password)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Back to the invitation that brought the person here, if one did."""
        if invitation_in_session(request):
            return reverse("accounts:join")
        return str(super().get_login_redirect_url(request))

    get_signup_redirect_url = get_login_redirect_url

    def get_client_ip(self, request: HttpRequest) -> str:
        """Limits count by the same address that keys are checked against."""
        return client_address(request) or NO_ADDRESS

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Whoever chose a language once has it in every browser; the browser is known from now on."""
        response = cast(HttpResponse, super().post_login(request, user, **kwargs))
        sign_in_limits.remember_browser(response, user.email)
        if user.language:
            remember_language(response, user.language)
        return response


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Whoever reads the database alone can make no codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("Wrong code. Enter the latest one from your authenticator app."),
    }

    def encrypt(self, text: str) -> str:
        return fields.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return fields.decrypt(encrypted_text)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """New people come in by the same rule as with a password, or by a group; known addresses are let in anyway."""
        if settings.SIGNUP_OPEN:
            return True
        groups = single_sign_on.groups_in(sociallogin)
        if groups and single_sign_on.has_verified_address(sociallogin) and group_roles.give_a_role(groups):
            return True
        invitation = invitation_in_session(request)
        return invitation is not None and invitation.email.lower() == sociallogin.user.email.lower()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        single_sign_on.require_own_nonce(request, sociallogin)
        # Found by its address, for the first time.
        if sociallogin.is_existing and not sociallogin.account.pk:
            passwords.end_unproven_password(sociallogin.user)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user = cast(User, super().populate_user(request, sociallogin, data))
        user.name = str(data.get("name") or "")[:MAX_NAME_CHARACTERS]
        return user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """What the person reads names no reason: it is the operator's to mend."""
        logger.warning("single sign-on failed: %s", exception or error)
