"""How API requests say who they are: a bearer key, or the portal's session."""

import ipaddress
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from apps.accounts import access, selectors
from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey
from apps.core import context
from apps.core.api import count_all_up
from apps.core.client_network import client_network
from apps.core.errors import NotAuthenticated, PermissionDenied

P = ParamSpec("P")
LAST_USED_SECONDS = 60
SECONDS_A_DAY = 86400


def key_actor(request: HttpRequest, *, is_call: bool = True) -> Actor | None:
    """The actor of the bearer key; None without one. Raises NotAuthenticated for a bad key, PermissionDenied for a good
    one that comes from an address it is not allowed from.

    Looked up, and counted as a call, once per request: that with an idempotency key is asked about twice. `is_call`:
    False for whoever only looks ahead.
    """
    known = getattr(request, "key_actor", None)
    if isinstance(known, Actor):
        return known
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    key = selectors.usable_api_key(token.strip())
    if key is None:
        raise NotAuthenticated
    address = client_address(request)
    if key.allowed_addresses and not any(_covers(network, address) for network in key.allowed_addresses):
        raise PermissionDenied
    if is_call:
        _note_call(key)
    context.organisation_id.set(str(key.organisation_id))
    actor = Actor.from_api_key(key)
    request.key_actor = actor  # type: ignore[attr-defined]
    return actor


def _note_call(key: ApiKey) -> None:
    uses, _calls = count_all_up(
        {f"key-used:{key.prefix}": LAST_USED_SECONDS, _calls_name(key.prefix): 2 * SECONDS_A_DAY}
    )
    # At most one write a minute and key, however busy it is.
    if uses == 1:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now())


def calls_today(keys: Collection[ApiKey]) -> dict[str, int]:
    """How many requests each key sent since midnight on the installation's clocks, by prefix."""
    counted = cache.get_many([_calls_name(key.prefix) for key in keys])
    return {key.prefix: int(counted.get(_calls_name(key.prefix), 0)) for key in keys}


def request_actor(request: HttpRequest) -> Actor:
    """Key or session, for plain Django views. Raises NotAuthenticated."""
    actor = key_actor(request) or access.portal_actor(request)
    if actor is None:
        raise NotAuthenticated
    request.auth = actor  # type: ignore[attr-defined]  # where the API's views leave it
    return actor


def actor_today(actor: Actor) -> Actor | None:
    """A member or key as they are now, for what goes on after the request; None for who may do nothing any more."""
    if actor.api_key:
        key = selectors.still_usable(actor.api_key)
        return Actor.from_api_key(key) if key else None
    members = selectors.active_memberships(actor.member.user) if actor.member else []
    member = next((each for each in members if actor.member and each.pk == actor.member.pk), None)
    return Actor.from_member(member) if member and member.user.is_active else None


def api_stream(
    permission: str,
) -> Callable[[Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]], access.View[P]]:
    """A view of the API outside DRF, for answers that go on and on; it gets the actor beside the request."""

    def decorate(view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]) -> access.View[P]:
        @wraps(view)
        def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            actor = request_actor(request)
            actor.require(permission)
            access.require_switched_on(request, actor)
            return view(request, actor, *args, **kwargs)

        checked.access, checked.permission = access.API, permission  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate


def client_address(request: HttpRequest) -> str:
    """The caller's address; X-Forwarded-For counts only as many hops as there are trusted proxies."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    # Each trusted proxy appends the address that it saw; what stands before those anybody can send.
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return _without_port(hops[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def caller_network(request: HttpRequest) -> str:
    """What limits count strangers by: whoever has one address of IPv6 has all of its /64."""
    return client_network(client_address(request))


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        actor = key_actor(request._request)
        return (None, actor) if actor else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PortalSessionAuthentication(SessionAuthentication):
    """The portal's own pages call the API with the session cookie, CSRF token included."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        user_and_auth = super().authenticate(request)
        actor = access.portal_actor(request._request) if user_and_auth else None
        return (user_and_auth[0], actor) if user_and_auth and actor else None


def _calls_name(prefix: str) -> str:
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    return f"key-calls:{prefix}:{today}"


def _without_port(hop: str) -> str:
    """Some proxies add the one that the client called from: 203.0.113.7:51000, [2001:db8::7]:51000."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    address, _, port = hop.partition(":")
    return address if port.isdigit() and "." in address else hop


def _covers(network: str, address: str) -> bool:
    try:
        client = ipaddress.ip_address(address)
        # As a socket for both families shows an IPv4 address.
        plain = getattr(client, "ipv4_mapped", None) or client
        return plain in ipaddress.ip_network(network, strict=False)
    except ValueError:
        # A client behind a socket has no address; what is no address lies in no network.
        return False
