"""Health and metrics. Who may see details: this machine itself, or a key that may see endpoints and usage."""

import ipaddress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from apps.accounts import authentication
from apps.accounts.access import public
from apps.core.api import error_json
from apps.core.errors import NotAuthenticated
from apps.observability import metrics, readiness

PERMISSION = "inference.view"


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
    if _may_see_details(request):
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
    if not _may_see_details(request):
        return error_json(NotAuthenticated())
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_see_details(request: HttpRequest) -> bool:
    """Behind a proxy everybody seems to come from this machine, so a forwarded request needs a key."""
    if actor := authentication.key_actor(request):
        actor.require(PERMISSION)
        return True
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not is_forwarded and _is_loopback(request.META.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
