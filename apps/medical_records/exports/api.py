from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.medical_records.exports.forms import export_arguments
from apps.medical_records.exports.responses import file_response
from apps.medical_records.exports.services import DEIDENTIFIED, Format, export_record
from apps.medical_records.records.selectors import record_of
from domain.clinical.exporting import cda, fhir, pdf, word
from domain.clinical.exporting.document import ExportedRecord


class AsAsked(BaseContentNegotiation):
    """`as` says what is wanted. A client that accepts PDF alone still reads a refusal as JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class ExportView(APIView):
    permissions = {"GET": "records.export"}
    content_negotiation_class = AsAsked

    @extend_schema(
        operation_id="medical_record_export",
        parameters=[
            OpenApiParameter("as", str, enum=Format.values, default=Format.PDF.value),
            OpenApiParameter("version", int, description="Default: the last signed one, else the draft."),
            OpenApiParameter(
                "deidentified",
                bool,
                description=f"Without what tells who it is; as {', '.join(DEIDENTIFIED)}.",
            ),
        ],
        responses={
            (200, "application/json"): ExportedRecord,
            (200, fhir.MEDIA_TYPE): OpenApiTypes.OBJECT,
            (200, pdf.MEDIA_TYPE): OpenApiTypes.BINARY,
            (200, word.MEDIA_TYPE): OpenApiTypes.BINARY,
            (200, cda.MEDIA_TYPE): OpenApiTypes.STR,
            (200, "text/plain"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, medical_record_id: UUID) -> HttpResponse:
        """Only what is supported by what was said, or written by a person. A draft needs `records.write` and says
        that nobody signed it. Every export is in the patient's audit trail."""
        actor = actor_of(request)
        record = record_of(actor, medical_record_id)
        return file_response(export_record(actor, record, **export_arguments(request.query_params)))
