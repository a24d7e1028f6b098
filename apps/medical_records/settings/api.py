from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.medical_records.patients.selectors import preferences_of
from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.settings.services import FIELDS, change_preferences


class MedicalPreferencesSerializer(serializers.ModelSerializer[MedicalPreferences]):
    class Meta:
        model = MedicalPreferences
        fields = FIELDS


class MedicalPreferencesView(APIView):
    """How the hospital prints, keeps and counts."""

    permissions = {"GET": "records.view", "PATCH": "records.manage"}

    @extend_schema(responses=MedicalPreferencesSerializer)
    def get(self, request: Request) -> Response:
        return Response(MedicalPreferencesSerializer(preferences_of(actor_of(request).organisation)).data)

    @extend_schema(request=MedicalPreferencesSerializer, responses=MedicalPreferencesSerializer)
    def patch(self, request: Request) -> Response:
        """What is not sent stays."""
        body = MedicalPreferencesSerializer(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        chosen = change_preferences(actor_of(request), changes=body.validated_data)
        return Response(MedicalPreferencesSerializer(chosen).data)
