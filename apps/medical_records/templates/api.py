"""Which templates a record may follow: an encounter names one by its id."""

from typing import Any

from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.medical_records.templates import selectors, services
from apps.medical_records.templates.models import RecordTemplateVersion


class RecordTemplateSerializer(serializers.ModelSerializer[RecordTemplateVersion]):
    """`definition`: sections and fields, with all that the template includes."""

    id = serializers.UUIDField(source="template_id")
    key = serializers.CharField(source="template.key")
    name = serializers.CharField(source="template.name")
    language = serializers.CharField(source="template.language")
    specialty = serializers.CharField(source="template.specialty")
    version = serializers.IntegerField(source="number")
    definition = serializers.JSONField(source="resolved")

    class Meta:
        model = RecordTemplateVersion
        fields = ["id", "key", "name", "language", "specialty", "version", "definition"]
        read_only_fields = fields


class RecordTemplateViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[RecordTemplateVersion]):
    """Templates in use, each in its latest version."""

    queryset = RecordTemplateVersion.objects.none()
    serializer_class = RecordTemplateSerializer
    permissions = {"list": "records.view"}

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        services.install_builtin(actor_of(request).organisation)
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        return selectors.offered_versions(actor_of(self.request).organisation)
