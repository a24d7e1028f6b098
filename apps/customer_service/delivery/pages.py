from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import Conflict
from apps.customer_service.conversations.models import OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.delivery import selectors as delivery


@require_POST
@requires("conversations.reply")
def resend(request: HttpRequest, outgoing_message_id: UUID) -> HttpResponse:
    found = delivery.outgoing_messages(actor_of(request).organisation)
    message: OutgoingMessage = get_object_or_404(found, pk=outgoing_message_id)
    try:
        outbox.resend(actor_of(request), message)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return redirect("customer_service:conversation", message.turn.conversation_id)
