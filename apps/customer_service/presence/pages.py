from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.customer_service.presence import services
from apps.customer_service.presence.forms import PresenceForm


@require_POST
@requires("conversations.view")
def be_present(request: HttpRequest, conversation_id: UUID) -> JsonResponse:
    """An open page says every ten seconds that somebody is there; the answer tells who else is."""
    form = PresenceForm(request.POST)
    fields = form.sent
    others = services.be_present(
        actor_of(request), conversation_id=conversation_id, state=fields["state"], seen=fields["seen"]
    )
    return JsonResponse({"people": [person.body() for person in others]})
