from django.http import HttpRequest, HttpResponseBase

from apps.accounts import authentication
from apps.core.api import error_json
from apps.core.errors import ApplicationError
from apps.customer_service.inbox import streaming


def conversations_live(request: HttpRequest) -> HttpResponseBase:
    """What moves in the organisation's conversations, as server-sent events; resumes after `Last-Event-ID`."""
    try:
        actor = authentication.request_actor(request)
        actor.require("conversations.view")
    except ApplicationError as error:
        return error_json(error)
    return streaming.live_response(request, actor)


conversations_live.access = "api"  # type: ignore[attr-defined]
conversations_live.permission = "conversations.view"  # type: ignore[attr-defined]
