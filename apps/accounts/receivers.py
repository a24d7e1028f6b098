"""What allauth tells about sign-ins, written into the trail of each organisation the person belongs to."""

import time
from typing import Any

from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.contrib.auth import signals as sessions
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from apps.accounts import group_roles, passwords, selectors, sign_in_limits, single_sign_on
from apps.accounts.actors import Actor
from apps.accounts.authentication import client_address
from apps.accounts.cookies import remember_language
from apps.accounts.middleware import SIGNED_IN_KEY
from apps.accounts.models import User
from apps.audit import services as audit


@receiver(user_logged_in)
def follow_groups(user: User, sociallogin: Any = None, **_: Any) -> None:
    """Before the sign-in is written down: it stands in the trail of an organisation that a group opened just now."""
    groups = single_sign_on.groups_in(sociallogin) if sociallogin else None
    if groups is not None:
        group_roles.follow_groups(user, groups)


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: User, response: HttpResponse, **_: Any) -> None:
    _record(user, "sign_in.succeeded", request)
    if user.language and translation.check_for_language(user.language):
        remember_language(response, user.language)


@receiver(sessions.user_logged_in)
def note_when_the_session_began(request: HttpRequest, **_: Any) -> None:
    request.session[SIGNED_IN_KEY] = int(time.time())


@receiver(user_logged_out)
def record_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        _record(user, "sign_out", request)


@receiver(user_login_failed)
def record_failed_sign_in(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """An address that nobody here has belongs to no organisation, so it leaves no line."""
    email = str(credentials.get("email") or credentials.get("username") or "")
    # PostgreSQL refuses a NUL in a query, and this sign-in has to fail as any other.
    user = User.objects.filter(email__iexact=email.replace("\x00", "")).first()
    if user is not None:
        _record(user, "sign_in.failed", request)


@receiver(authentication_failed)
def record_failed_second_factor(request: HttpRequest, user: User, **_: Any) -> None:
    _record(user, "second_factor.failed", request)


@receiver([password_changed, password_reset])
def record_new_password(request: HttpRequest, user: User, **_: Any) -> None:
    _record(user, "password.changed", request)


@receiver(password_reset)
def forgive_failed_sign_ins(request: HttpRequest, user: User, **_: Any) -> None:
    sign_in_limits.forgive(request, user.email)


@receiver(password_reset)
def end_second_factors_of_a_stranger(user: User, **_: Any) -> None:
    """The mail has proven whose the address is."""
    passwords.end_unproven_second_factors(user)


@receiver(authenticator_added)
def record_added_second_factor(request: HttpRequest, user: User, **_: Any) -> None:
    _record(user, "second_factor.added", request)


@receiver(authenticator_removed)
def record_removed_second_factor(request: HttpRequest, user: User, **_: Any) -> None:
    _record(user, "second_factor.removed", request)


def _record(user: User, action: str, request: HttpRequest | None) -> None:
    address = client_address(request) if request else ""
    for member in selectors.active_memberships(user):
        audit.record(Actor.from_member(member), action=action, target=user, details={"address": address})
