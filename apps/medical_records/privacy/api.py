from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.audit import exports
from apps.audit.api import AuditEntrySerializer, AuditPages
from apps.audit.models import AuditEntry
from apps.core.api import validated_body
from apps.medical_records.patients import selectors as patients
from apps.medical_records.privacy import selectors, services


class AccessSerializer(AuditEntrySerializer):
    """A line of the audit trail, without the other patients whom it is about."""

    class Meta(AuditEntrySerializer.Meta):
        fields = exports.COLUMNS_WITHOUT_SUBJECTS
        read_only_fields = fields


class AccessReportView(generics.ListAPIView[AuditEntry]):
    """Everything the audit trail holds about a patient: who registered, read, heard, changed, signed, exported what."""

    queryset = AuditEntry.objects.none()
    serializer_class = AccessSerializer
    pagination_class = AuditPages
    permissions = {"GET": "records.view"}

    def get_queryset(self) -> QuerySet[AuditEntry]:
        actor = actor_of(self.request)
        return selectors.accesses(actor, patients.patient_of(actor, self.kwargs["patient_id"]))


class PatientReportView(APIView):
    """Everything that is held about a patient, to hand to them."""

    permissions = {"GET": "records.oversee"}

    @extend_schema(operation_id="medical_patients_report", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, patient_id: UUID) -> Response:
        actor = actor_of(request)
        return Response(services.patient_report(actor, patients.patient_of(actor, patient_id)))


class ErasureSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=services.MAX_REASON_CHARACTERS, help_text="It stays in the audit trail."
    )


class ErasureView(APIView):
    """Erases everything about a patient, signed records too. It cannot be undone."""

    permissions = {"POST": "records.oversee"}

    @extend_schema(operation_id="medical_patients_erase", request=ErasureSerializer, responses={204: None})
    def post(self, request: Request, patient_id: UUID) -> Response:
        actor = actor_of(request)
        patient = patients.patient_of(actor, patient_id)
        services.erase_patient(actor, patient, reason=validated_body(request, ErasureSerializer)["reason"])
        return Response(status=204)
