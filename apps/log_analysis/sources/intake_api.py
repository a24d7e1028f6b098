"""Where systems send their records: JSON lines or plain text, and OpenTelemetry's protocol over HTTP."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.core.errors import TooLarge, UnsupportedContent
from apps.log_analysis.sources import selectors, services
from apps.log_analysis.sources.spool import Batch

ENCODINGS = ("", "identity", "gzip", "zstd", "deflate")
JSON, PROTOBUF = "application/json", "application/x-protobuf"
ENCODING = OpenApiParameter(
    "Content-Encoding", str, OpenApiParameter.HEADER, description="gzip, zstd or deflate"
)


class ReceivedBatchSerializer(serializers.Serializer[Any]):
    """`bytes` are stored for good; they are read within seconds."""

    bytes = serializers.IntegerField()


class LogBatchView(APIView):
    permissions = "logs.write"

    @extend_schema(
        request={"application/x-ndjson": OpenApiTypes.BINARY, "text/plain": OpenApiTypes.BINARY},
        responses={202: ReceivedBatchSerializer},
        parameters=[ENCODING],
    )
    def post(self, request: Request, log_source_id: UUID) -> Response:
        """Send records: JSON lines (or one JSON array), or plain lines. 429 with `Retry-After` asks to wait."""
        form = "lines" if (request.content_type or "").startswith("text/plain") else "json"
        return Response({"bytes": _receive(request, log_source_id, form)}, status=status.HTTP_202_ACCEPTED)


class OpenTelemetryLogsView(APIView):
    permissions = "logs.write"

    @extend_schema(
        request={PROTOBUF: OpenApiTypes.BINARY, JSON: OpenApiTypes.OBJECT},
        responses={(200, PROTOBUF): OpenApiTypes.BINARY, (200, JSON): OpenApiTypes.OBJECT},
        parameters=[ENCODING],
    )
    def post(self, request: Request, log_source_id: UUID) -> HttpResponse:
        """OTLP/HTTP: give an exporter the address up to `/v1/logs` as its endpoint, and a key as its header."""
        content_type = (request.content_type or "").partition(";")[0]
        if content_type not in (JSON, PROTOBUF):
            raise UnsupportedContent
        _receive(request, log_source_id, "otlp_json" if content_type == JSON else "otlp")
        # An empty message says that everything was accepted.
        return HttpResponse(b"{}" if content_type == JSON else b"", content_type=content_type)


def _receive(request: Request, log_source_id: UUID, form: str) -> int:
    encoding = request.headers.get("Content-Encoding", "").lower()
    if encoding not in ENCODINGS:
        raise UnsupportedContent
    actor = actor_of(request)
    source = selectors.source_list(actor.organisation).one(pk=log_source_id)
    # As it came: a worker parses it, and a sender that does not say its length beforehand is read, too.
    content = request._request.read(settings.LOG_BATCH_MAX_BYTES + 1)
    if len(content) > settings.LOG_BATCH_MAX_BYTES:
        raise TooLarge(details={"largest": settings.LOG_BATCH_MAX_BYTES})
    return services.receive_batch(actor, source, Batch(form, encoding, content))
