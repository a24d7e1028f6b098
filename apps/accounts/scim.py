"""SCIM 2.0 (RFC 7644): where an identity provider keeps an organisation's people and groups.

A key with the scope `organisation.provision` opens it, and says whose people they are; without one it is off. The
protocol is scim2-server's, which an installation adds (requirements/scim.txt).
"""

import json
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.accounts import access
from apps.accounts.authentication import key_actor
from apps.accounts.permissions import PROVISION
from apps.core.api import NotUsable, count_up, parse_json
from apps.core.errors import ApplicationError, InvalidInput, LimitExceeded, NotAuthenticated, TooLarge

MEDIA_TYPE = "application/scim+json"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MAX_QUERY_CHARACTERS = 2_000


@csrf_exempt
def scim(request: HttpRequest, resource: str) -> HttpResponse:
    """Only keys come in: a page that somebody is made to open has none to send."""
    try:
        actor = key_actor(request)
        if actor is None:
            raise NotAuthenticated
        actor.require(PROVISION)
        if count_up(f"throttle:scim:{actor.throttle_key}") > settings.REQUESTS_PER_MINUTE["actor"]:
            raise LimitExceeded
        if find_spec("scim2_server") is None:
            return _error(HTTPStatus.NOT_FOUND, "SCIM is not installed here: requirements/scim.txt")
        _require_readable(request)
    except ApplicationError as error:
        return _error(error.status, str(error))
    # Loaded where it is used: most installations do not have it.
    from apps.accounts import scim_protocol

    answer = scim_protocol.respond(actor, request, f"/{resource}")
    return _response(answer.status, answer.body, answer.headers)


scim.access, scim.permission = access.API, PROVISION  # type: ignore[attr-defined]


def _require_readable(request: HttpRequest) -> None:
    """What the library reads by recursion is not nested deeply, and what it parses is not long."""
    if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY_CHARACTERS:
        raise InvalidInput
    try:
        if request.body:
            parse_json(request.body)
    except RequestDataTooBig as error:
        raise TooLarge from error
    except NotUsable as error:
        raise InvalidInput from error


def _error(status: int, detail: str) -> HttpResponse:
    return _response(status, {"schemas": [ERROR], "status": str(int(status)), "detail": detail}, {})


def _response(status: int, body: dict[str, Any] | None, headers: dict[str, str]) -> HttpResponse:
    content = b"" if body is None else json.dumps(body).encode()
    own = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return HttpResponse(content, status=int(status), content_type=MEDIA_TYPE, headers=own)
