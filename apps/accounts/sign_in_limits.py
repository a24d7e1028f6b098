"""How often a sign-in may fail, so that guessing is slow and nobody is locked out by somebody else.

A browser that once signed in to an account is known by a signed cookie, and counts for itself: neither strangers who
try the account from elsewhere, nor those who share the network, use up its attempts. Everybody else counts by account and
network together, by account and by network (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

import secrets
from datetime import timedelta

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from apps.accounts.authentication import caller_network

COOKIE = f"{settings.COOKIE_PREFIX}known_browser"
LIFETIME = timedelta(days=180)
_SALT = "accounts.known_browser"


def attempt(request: HttpRequest, account: str) -> ratelimit.RateLimitUsage | None:
    """Counts an attempt where it belongs. None: too many failed there lately."""
    usage = ratelimit.RateLimitUsage(usage=[])
    for limit, key in _limit_keys(request, account.strip().lower()):
        consumption = ratelimit.consume(
            request, app="allauth.account", action=limit, config=_rates(), key=key
        )
        if consumption is None:
            usage.rollback()
            return None
        usage.usage += consumption.usage
    return usage


def forgive(request: HttpRequest, account: str) -> None:
    """Forgets an account's failures once a new password was set by mail: its owner is there, and signs in next."""
    for limit, key in _limit_keys(request, account.strip().lower()):
        if limit != "network":
            ratelimit.clear(request, app="allauth.account", action=limit, config=_rates(), key=key)


def remember_browser(response: HttpResponse, account: str) -> None:
    """Marks the browser of a sign-in that succeeded, second factor included."""
    content = {"account": account.strip().lower(), "browser": secrets.token_hex(8)}
    response.set_cookie(
        COOKIE,
        signing.dumps(content, salt=_SALT),
        max_age=LIFETIME,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _limit_keys(request: HttpRequest, account: str) -> list[tuple[str, str]]:
    """Pairs of a limit and the key that it counts by."""
    if browser := _known_browser(request, account):
        return [("browser", f"{account} {browser}")]
    network = caller_network(request)
    return [("account_in_network", f"{account} {network}"), ("account", account), ("network", network)]


def _rates() -> dict[str, str]:
    return {limit: f"{rate}/key" for limit, rate in settings.SIGN_IN_FAILURES.items()}


def _known_browser(request: HttpRequest, account: str) -> str:
    """Empty for one that never signed in to this account."""
    try:
        content = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return ""
    return str(content["browser"]) if content["account"] == account else ""
