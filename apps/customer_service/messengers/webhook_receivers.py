"""Where messengers bring what visitors write to their bots."""

import logging
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.accounts.access import public
from apps.core import context
from apps.core.errors import NotFound, TooLarge
from apps.customer_service.messengers import intake
from apps.customer_service.messengers.adapter import HookCall, Unparseable

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
@public
def messenger_hook(request: HttpRequest, kind: str, messenger_account_id: UUID) -> HttpResponse:
    """Stores what came and answers at once. An error answer makes the messenger bring it again."""
    account = intake.account_of(kind, messenger_account_id)
    if account is None:
        raise NotFound
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge
    context.organisation_id.set(str(account.organisation_id))
    call = HookCall(str(request.method), request.GET.dict(), request.headers, body)
    try:
        delivery = intake.MESSENGERS[kind].read_call(account, call)
    except Unparseable as error:
        # Brought again it would be no better, and would keep the visitor's next messages back.
        logger.warning("an update of %s cannot be read: %s", kind, error)
        return JsonResponse({"ok": False})
    intake.take(account, delivery)
    is_json = delivery.answer.startswith("{")
    return HttpResponse(delivery.answer, content_type="application/json" if is_json else "text/plain")
