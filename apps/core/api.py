"""The frame of the REST API: JSON that strangers send, one error shape, pages, limits of speed.

Every error is `{"error": {"code", "message", "fields", "details", "request_id"}}`.
"""

import json
import math
import time
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import resolve
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, status
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.throttling import BaseThrottle

from apps.core import context, errors, redis_client, tables

NO_SLASH = _("Nothing is here. Addresses of the API end with a slash: %(address)s")
WINDOW_SECONDS = 60
# Of an address.
UUID_PATTERN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Of JSON: code that reads the value afterwards recurses into it.
DEEPEST = 32


class NotUsable(ValueError):
    """No JSON, or nested deeper than anything that is asked for here."""


class BoundedJSONParser(JSONParser):
    """The parser of every request of the API: refuses what is too long or nested too deeply."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises TooLarge and ParseError."""
        # One byte beyond the limit tells that there is more, without reading all of it.
        content = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise errors.TooLarge
        try:
            return parse_json(content)
        except NotUsable as error:
            raise exceptions.ParseError(
                _("The body is not UTF-8 JSON, or is nested more than %(most)d levels deep.")
                % {"most": DEEPEST}
            ) from error


def parse_json(content: bytes) -> Any:
    """Raises NotUsable. Python's own parser would end in a RecursionError, and takes NaN and Infinity, which are no
    JSON.
    """

    def refuse_constant(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(content.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotUsable(str(error)) from error
    if _depth_exceeds(value, DEEPEST):
        raise NotUsable("nested too deeply")
    return value


def _depth_exceeds(value: object, levels: int) -> bool:
    # Layer by layer, as a recursion would end where the parser's did not.
    layer = [value]
    for _level in range(levels):
        layer = [
            inner
            for each in layer
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return any(isinstance(each, dict | list) for each in layer)


class Pages(CursorPagination):
    """Cursor pages: stable while rows are added, and as fast on page 1,000 as on page 1."""

    # Ids are UUIDv7, so this is the order in which rows were made, on the index of the primary key.
    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


def validated_body(
    request: Request,
    serializer_class: type[Serializer[Any]],
    instance: Any = None,
    *,
    partial: bool = False,
) -> dict[str, Any]:
    """What the request's body holds, as the serializer reads it. With `instance`, fields that are not sent keep their
    value. Raises DRF's ValidationError, which becomes InvalidInput.
    """
    body = serializer_class(instance, data=request.data, partial=partial or instance is not None)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


# Of an action that answers with a table as a file.
TABLE_FILE = {
    (200, "application/x-ndjson"): OpenApiTypes.STR,
    (200, "text/csv"): OpenApiTypes.STR,
    (200, tables.XLSX): OpenApiTypes.BINARY,
}
TABLE_FILE_TYPE = OpenApiParameter("type", str, enum=sorted(tables.FILE_TYPES), default="jsonl")


def table_file_type(request: Request) -> str:
    """What the address names as `type`, which is TABLE_FILE_TYPE. Raises InvalidInput."""
    file_type: str = request.query_params.get("type", "jsonl")
    if file_type not in tables.FILE_TYPES:
        raise errors.InvalidInput(fields={"type": [", ".join(tables.FILE_TYPES)]})
    return file_type


class ActorThrottle(BaseThrottle):
    """A ceiling against runaway clients. What an organisation may use is its quota, not this.

    Counts per minute of the clock: DRF's own throttle keeps a list of the minute's requests, which at thousands a
    minute costs more than the requests.
    """

    scope = "actor"

    def allow_request(self, request: Request, view: Any) -> bool:
        identity = getattr(request.auth, "throttle_key", None) or self.get_ident(request)
        limit = settings.REQUESTS_PER_MINUTE[self.scope]
        minute = int(time.time() // WINDOW_SECONDS)
        return count_up(f"throttle:{self.scope}:{identity}:{minute}") <= limit

    def wait(self) -> float:
        """Seconds until the next minute of the clock, when counting begins anew."""
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS


def count_up(key: str, amount: int = 1, *, seconds: int = WINDOW_SECONDS) -> int:
    """Adds `amount` to what was counted under `key` and returns the sum. The window opens with the first count and
    lasts `seconds`.
    """
    return count_all_up({key: seconds}, amount)[0]


def count_all_up(windows: Mapping[str, int], amount: int = 1) -> list[int]:
    """Counts under several keys at once; `windows`: how many seconds that of each lasts. Sent together, as every request
    is counted: Django's own `incr` asks Redis first whether the key is there, and cannot open a window.
    """
    pipeline = redis_client.synchronous().pipeline(transaction=False)
    for key, seconds in windows.items():
        name = cache.make_key(key)
        pipeline.incrby(name, amount)
        pipeline.expire(name, seconds, nx=True)
    return [int(total) for total in pipeline.execute()[::2]]


def error_payload(error: errors.ApplicationError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "message": str(error.message)}
    if error.fields:
        body["fields"] = {name: [str(line) for line in lines] for name, lines in error.fields.items()}
    if error.details:
        body["details"] = error.details
    body["request_id"] = context.request_id.get()
    return {"error": body}


def error_headers(error: errors.ApplicationError) -> dict[str, str]:
    headers = {}
    if error.retry_after_seconds is not None:
        # Whole seconds, as RFC 9110 has them; 0 would invite a retry at once.
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_seconds)))
    if error.status == status.HTTP_401_UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def error_json(error: errors.ApplicationError) -> JsonResponse:
    """The same shape for plain Django views, such as the event stream."""
    headers = error_headers(error)
    # In UTF-8, as DRF writes it.
    as_text = {"ensure_ascii": False}
    return JsonResponse(error_payload(error), status=error.status, headers=headers, json_dumps_params=as_text)


def error_response(exc: Exception, view_context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every error becomes the one shape; bugs are left to Django's 500."""
    error = exc if isinstance(exc, errors.ApplicationError) else _application_error(exc)
    if error is None:
        return None
    return Response(error_payload(error), status=error.status, headers=error_headers(error))


def _application_error(exc: Exception) -> errors.ApplicationError | None:
    if isinstance(exc, Http404):
        return errors.NotFound()
    if isinstance(exc, DjangoPermissionDenied):
        return errors.PermissionDenied()
    if isinstance(exc, exceptions.ValidationError):
        return errors.InvalidInput(fields=_flat(exc.detail))
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return errors.NotAuthenticated()
    if isinstance(exc, exceptions.Throttled):
        return errors.LimitExceeded(retry_after_seconds=getattr(exc, "wait", None))
    if isinstance(exc, exceptions.APIException):
        error = errors.ApplicationError(str(exc.detail), code=exc.default_code)
        # On this instance alone: the class keeps its 500.
        error.status = exc.status_code
        return error
    # None is a defect: it is raised on, logged, and answered as one.
    return errors.no_defect(exc)


def _flat(detail: Any, prefix: str = "") -> dict[str, list[errors.Text]]:
    """DRF nests errors like the input; callers get one flat map with dotted names."""
    if isinstance(detail, Mapping):
        flat: dict[str, list[errors.Text]] = {}
        for name, inner in detail.items():
            flat |= _flat(inner, f"{prefix}.{name}" if prefix else str(name))
        return flat
    if isinstance(detail, list) and any(isinstance(inner, Mapping | list) for inner in detail):
        return _flat({str(index): inner for index, inner in enumerate(detail) if inner}, prefix)
    lines = detail if isinstance(detail, list) else [detail]
    return {prefix or "non_field_errors": [str(line) for line in lines]}


@csrf_exempt
def json_error_view(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """404 of unknown API addresses, in the one shape."""
    return error_json(no_such_address(request.path_info))


json_error_view.access = "public"  # type: ignore[attr-defined]


def no_such_address(path: str) -> errors.NotFound:
    """The error for an address that the API does not have. One that only lacks its slash says so."""
    if path.endswith("/") or resolve(f"{path}/").func is json_error_view:
        return errors.NotFound()
    return errors.NotFound(NO_SLASH % {"address": f"{path}/"})
