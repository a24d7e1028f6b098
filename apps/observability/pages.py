"""Health and metrics. They are about all organisations, so the operator alone sees details."""

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from apps.accounts.access import public
from apps.core.api import error_json
from apps.core.errors import NotAuthenticated
from apps.observability import metrics, readiness

PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: touches nothing."""
    return JsonResponse({"status": "alive"})


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 while any part is missing. Strangers learn only the verdict."""
    parts = readiness.parts()
    is_ready = all(part.is_ready for part in parts)
    body: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
    if _is_operator(request):
        body["parts"] = {
            part.name: {
                "ready": part.is_ready,
                "problem": part.problem or None,
                "milliseconds": part.milliseconds,
            }
            for part in parts
        }
    return JsonResponse(body, status=200 if is_ready else 503)


@public
@require_safe
@never_cache
def prometheus(request: HttpRequest) -> HttpResponse:
    if not _is_operator(request):
        return error_json(NotAuthenticated())
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _is_operator(request: HttpRequest) -> bool:
    """Behind a proxy everybody seems to come from this machine, so there a token is needed."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        # In constant time: how long a comparison takes must not tell how much of a token is right.
        return hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    # A proxy that nobody configured still leaves its marks.
    is_forwarded = any(name in request.headers for name in PROXY_HEADERS)
    is_direct = not (settings.TRUSTED_PROXIES or settings.HAS_PROXY or is_forwarded)
    try:
        return is_direct and ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        # A unix socket has no address.
        return False
