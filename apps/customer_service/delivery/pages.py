from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.customer_service.conversations.models import OutgoingMessage
from apps.customer_service.delivery import outbox
from apps.customer_service.delivery import selectors as delivery


@require_POST
@requires("conversations.reply")
def resend(request: HttpRequest, outgoing_message_id: UUID) -> HttpResponse:
    messages = delivery.outgoing_messages(actor_of(request).organisation)
    message: OutgoingMessage = get_object_or_404(messages, pk=outgoing_message_id)
    resend_message = partial(outbox.resend, actor_of(request), message)
    conversation_id = message.turn.conversation_id
    return act_and_go_back(request, resend_message, "customer_service:conversation", conversation_id)
