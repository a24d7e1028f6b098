"""Deny by default: a view says which permission it needs, or nobody gets in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts import selectors
from apps.accounts.actors import Actor
from apps.core import context
from apps.core.errors import NotAuthenticated, PermissionDenied

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


SESSION_KEY = "organisation_id"
MEMBER = "member"
SIGNED_IN = "signed-in"
PUBLIC = "public"
API = "api"  # a plain view that asks `authentication.request_actor` itself


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
            return view(request, *args, **kwargs)

        guarded = login_required(checked)
        guarded.access = permission or MEMBER  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def signed_in(view: View[P]) -> View[P]:
    """Portal view for people who are signed in, whether or not they belong to an organisation yet."""
    guarded = login_required(view)
    guarded.access = SIGNED_IN  # type: ignore[attr-defined]
    return guarded


def public(view: View[P]) -> View[P]:
    """Marks a view that strangers may call; it checks its own tokens."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


class HasPermission(BasePermission):
    """Reads `permissions` of the view: one name, or a name per action. A view without any lets nobody in.

    MEMBER stands for everybody who acts in the organisation, whatever the role or scopes.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        actor = request.auth
        if not isinstance(actor, Actor):
            raise NotAuthenticated
        if not hasattr(view, str(request.method).lower()):
            # Nothing here answers this method: the framework says 405, and nothing is done.
            return True
        needed = getattr(view, "permissions", None)
        if isinstance(needed, dict):
            needed = needed.get(getattr(view, "action", None) or request.method)
        if needed is None or not (needed == MEMBER or actor.may(needed)):
            raise PermissionDenied
        return True


def actor_of(request: Request | HttpRequest) -> Actor:
    """The actor of an API request (key or session) or of a portal request."""
    actor = request.auth if isinstance(request, Request) else portal_actor(request)
    if not isinstance(actor, Actor):
        raise NotAuthenticated
    return actor
