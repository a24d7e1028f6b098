"""Deny by default: a view says which permission it needs, or nobody gets in."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils.http import urlencode
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts import selectors, switches
from apps.accounts.actors import OPERATOR, Actor, runs_installation
from apps.accounts.models import User
from apps.core import context, desks
from apps.core.errors import NotAuthenticated, PasswordNeeded, PermissionDenied

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


SESSION_KEY = "organisation_id"
MEMBER = "member"
SIGNED_IN = "signed-in"
PUBLIC = "public"
API = "api"  # a view that `authentication.api_stream` guards; it names its `permission` beside


def portal_actor(request: HttpRequest) -> Actor | None:
    """The signed-in person in the organisation chosen in the session; looked up once per request."""
    if not hasattr(request, "actor"):
        member = None
        if request.user.is_authenticated:
            member = selectors.current_membership(request.user, request.session.get(SESSION_KEY))
        request.actor = Actor.from_member(member) if member else None  # type: ignore[attr-defined]
        context.organisation_id.set(str(member.organisation_id) if member else "")
    return cast(Actor | None, getattr(request, "actor", None))


def requires(permission: str | None) -> Callable[[View[P]], View[P]]:
    """Portal view for signed-in members of an organisation; None: any role will do."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = portal_actor(request)
            if actor is None:
                return redirect("portal:no_organisation")
            if permission is not None:
                actor.require(permission)
            require_switched_on(request, actor)
            return view(request, *args, **kwargs)

        guarded = login_required(checked)
        guarded.access = permission or MEMBER  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def asks_password(view: View[P]) -> View[P]:
    """Portal view whose change waits until the person gave the password or a code within the last minutes.

    Goes inside `requires`. A page that was made to send the form for somebody fails here: it knows no password.
    """
    guarded = reauthentication_required(view, allow_get=True)
    guarded.asks_password = True
    return cast(View[P], guarded)


def asks_password_first(view: View[P]) -> View[P]:
    """Like `asks_password`, for forms that hold a secret: the form is shown after the password, and never kept."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        # htmx fetches the form anew for another preset, before anybody typed a secret into it.
        is_part = bool(request.htmx)  # type: ignore[attr-defined]
        if (is_part and request.method == "GET") or did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        methods = get_adapter().get_reauthentication_methods(request.user)
        return redirect(f"{methods[0]['url']}?{urlencode({REDIRECT_FIELD_NAME: request.path})}")

    checked.asks_password = True  # type: ignore[attr-defined]
    return cast(View[P], checked)


def signed_in(view: View[P]) -> View[P]:
    """Portal view for people who are signed in, whether or not they belong to an organisation yet."""
    guarded = login_required(view)
    guarded.access = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def user_of(request: HttpRequest) -> User:
    """The person who is signed in. Only for views behind a decorator of this module, which let nobody else in."""
    return cast(User, request.user)


def is_operator(request: HttpRequest) -> bool:
    return runs_installation(request.user)


def operators_only(view: View[P]) -> View[P]:
    """Page of the admin for whoever runs the installation and so sees all organisations. Raises PermissionDenied for
    everybody else.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not is_operator(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded = login_required(checked)
    guarded.access = OPERATOR  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def public(view: View[P]) -> View[P]:
    """Marks a view that strangers may call; it checks its own tokens."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


@cache
def page_permission(name: str, *, is_about_a_row: bool = True) -> str | None:
    """What the page of that name asks for, which has the id of a row in its address, or nothing."""
    address = reverse(name, args=[UUID(int=0)] if is_about_a_row else [])
    return getattr(resolve(address).func, "access", None)


def may_open(actor: Actor, name: str, *, is_about_a_row: bool = True) -> bool:
    """Whether the page lets the actor in; a link that leads to a refusal helps nobody."""
    permission = page_permission(name, is_about_a_row=is_about_a_row)
    return permission == MEMBER or (permission is not None and actor.may(permission))


def permission_for(view: Any, action: str) -> str | None:
    """What an action of an API view needs: what the service of its act says, else what stands in `permissions`."""
    if said := getattr(getattr(view, action, None), "permission", None):
        return cast(str, said)
    permissions = getattr(view, "permissions", None)
    return permissions.get(action) if isinstance(permissions, dict) else permissions


class HasPermission(BasePermission):
    """Reads the act, or `permissions` of the view: one name, or a name per action. A view without any lets nobody in.

    MEMBER stands for everybody who acts in the organisation, whatever the role or scopes. What the view lists in
    `asks_password` a person does only soon after giving the password; a key is its own proof.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Raises NotAuthenticated, PermissionDenied, SwitchedOff, and PasswordNeeded where the password was given too
        long ago.
        """
        actor = request.auth
        if not isinstance(actor, Actor):
            raise NotAuthenticated
        if not hasattr(view, str(request.method).lower()):
            # Nothing here answers this method: the framework says 405, and nothing is done.
            return True
        permission = permission_for(view, _action_of(request, view))
        if permission is None or not (permission == MEMBER or actor.may(permission)):
            raise PermissionDenied
        require_switched_on(request, actor)
        asks_password = _action_of(request, view) in getattr(view, "asks_password", ())
        if asks_password and actor.member and not did_recently_reauthenticate(request._request):
            raise PasswordNeeded
        return True


def require_switched_on(request: HttpRequest | Request, actor: Actor) -> None:
    """For whoever lets an actor in. Raises SwitchedOff where the desk of the page or of the API is off."""
    match = request.resolver_match
    if match is None:
        return
    view = getattr(match.func, "cls", match.func)
    if desk := desks.name_of(view, tuple(match.namespaces)):
        switches.require_on(actor.organisation.pk, [desk])


def _action_of(request: Request, view: Any) -> str:
    return getattr(view, "action", None) or str(request.method)


def authenticated_actor(request: HttpRequest) -> Actor | None:
    """Whom the view behind the request has let in, by key or session; for what looks at its answer."""
    actor = getattr(request, "auth", None) or getattr(request, "actor", None)
    return actor if isinstance(actor, Actor) else None


def actor_of(request: Request | HttpRequest) -> Actor:
    """The actor of an API request (key or session) or of a portal request. Raises NotAuthenticated where there is none."""
    actor = request.auth if isinstance(request, Request) else portal_actor(request)
    if not isinstance(actor, Actor):
        raise NotAuthenticated
    return actor
