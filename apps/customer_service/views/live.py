"""Live updates of the staff's pages, and who else is there."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.customer_service.forms.presence import PresenceForm
from apps.customer_service.inbox import presence, streaming


@require_GET
@requires("conversations.view")
def live(request: HttpRequest) -> HttpResponseBase:
    return streaming.live_response(request, actor_of(request))


@require_POST
@requires("conversations.view")
def be_present(request: HttpRequest, conversation_id: UUID) -> JsonResponse:
    """An open page says every ten seconds that somebody is there; the answer tells who else is."""
    form = PresenceForm(request.POST)
    sent = form.sent
    others = presence.be_present(
        actor_of(request), conversation_id=conversation_id, state=sent["state"], seen=sent["seen"]
    )
    return JsonResponse({"people": [person.body() for person in others]})
