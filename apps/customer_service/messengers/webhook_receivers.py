"""Where messengers bring what visitors write to their bots."""

import logging
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.accounts.access import public
from apps.core import context
from apps.core.errors import NotAuthenticated, NotFound, TooLarge
from apps.customer_service.messengers import intake
from apps.customer_service.messengers.adapter import Unparseable

logger = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024


@csrf_exempt
@require_POST
@public
def messenger_hook(request: HttpRequest, kind: str, messenger_account_id: UUID) -> HttpResponse:
    """Stores what came and answers at once. An error answer makes the messenger bring it again."""
    account = intake.account_of(kind, messenger_account_id)
    if account is None:
        raise NotFound
    messenger, body = intake.MESSENGERS[kind], request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise TooLarge
    if not messenger.verify(account, request.headers, body):
        raise NotAuthenticated
    context.organisation_id.set(str(account.organisation_id))
    try:
        incoming = messenger.parse(body)
    except Unparseable as error:
        # Brought again it would be no better, and would keep the visitor's next messages back.
        logger.warning("an update of %s cannot be read: %s", kind, error)
        return JsonResponse({"ok": False})
    if incoming:
        intake.receive(account, incoming)
    return JsonResponse({"ok": True})
