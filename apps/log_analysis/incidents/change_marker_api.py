from typing import Any

from rest_framework import serializers

from apps.log_analysis.incidents.change_markers import CHANGE_MARKERS
from apps.log_analysis.incidents.models import ChangeMarker
from apps.resources.api import ResourceViewSet


class ChangeMarkerSerializer(serializers.ModelSerializer[ChangeMarker]):
    class Meta:
        model = ChangeMarker
        fields = ["id", "kind", "name", "service", "link", "happened_at", "source"]
        read_only_fields = fields


class ChangeMarkerBodySerializer(serializers.Serializer[Any]):
    """`happened_at`: now unless it is said. Without a `service` or a `source` it is of all of them."""

    kind = serializers.ChoiceField(ChangeMarker.ChangeType.choices, default=ChangeMarker.ChangeType.DEPLOY)
    name = serializers.CharField(max_length=120)
    service = serializers.CharField(max_length=80, required=False, allow_blank=True)
    link = serializers.CharField(max_length=500, required=False, allow_blank=True)
    happened_at = serializers.DateTimeField(required=False)
    source = serializers.UUIDField(required=False, allow_null=True)  # type: ignore[assignment]


class ChangeMarkerViewSet(ResourceViewSet[ChangeMarker]):
    """Deploys and changes of configuration, newest first. A deploy tells of itself with a key that has `logs.write`."""

    resource = CHANGE_MARKERS
    serializer_class = ChangeMarkerSerializer
    input_serializer_class = ChangeMarkerBodySerializer
