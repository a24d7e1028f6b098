"""How the system does, for programs: the numbers of the page for an organisation."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.dashboards.system import selectors
from apps.dashboards.system.lines import Line
from apps.dashboards.system.selectors import EngineView, QueueView


class QueueStateSerializer(serializers.Serializer[QueueView]):
    """Jobs of the sender's organisation in one queue."""

    queue = serializers.CharField(source="name", read_only=True)
    name = serializers.CharField(source="label", read_only=True)
    mode = serializers.CharField(read_only=True, help_text="In words, as on the page.")
    waiting = serializers.IntegerField(read_only=True)
    running = serializers.IntegerField(read_only=True)
    oldest_wait_seconds = serializers.FloatField(allow_null=True, read_only=True)
    workers = serializers.IntegerField(read_only=True)


class EngineMetricSerializer(serializers.Serializer[Line]):
    """`times` in seconds since 1970, one for each of the `values`; null where the engine was not asked or restarted."""

    key = serializers.CharField(read_only=True)
    name = serializers.CharField(source="label", read_only=True)
    now = serializers.FloatField(allow_null=True, read_only=True)
    times = serializers.ListField(child=serializers.FloatField(), read_only=True)
    values = serializers.ListField(child=serializers.FloatField(allow_null=True), read_only=True)


class EngineStateSerializer(serializers.Serializer[EngineView]):
    endpoint = serializers.UUIDField(source="endpoint.pk", read_only=True)
    name = serializers.CharField(source="endpoint.name", read_only=True)
    state = serializers.CharField(read_only=True, help_text="In words, as on the page.")
    metrics = EngineMetricSerializer(source="lines", many=True, read_only=True)


class SystemSerializer(serializers.Serializer[Any]):
    hours = serializers.IntegerField(read_only=True)
    queues = QueueStateSerializer(many=True, read_only=True)
    engines = EngineStateSerializer(many=True, read_only=True)


class SystemQuerySerializer(serializers.Serializer[Any]):
    """How many latest hours of the engines."""

    hours = serializers.ChoiceField(selectors.HOURS, default=selectors.HOURS[0])


class SystemView(APIView):
    """Queues now, and engines over the last hours: those of the organisation and the shared ones."""

    permissions = {"GET": "analytics.view"}

    @extend_schema(
        operation_id="analytics_system_retrieve",
        parameters=[SystemQuerySerializer],
        responses=SystemSerializer,
    )
    def get(self, request: Request) -> Response:
        query = SystemQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        organisation, hours = actor_of(request).organisation, query.validated_data["hours"]
        past = selectors.history(hours)
        system = {
            "hours": hours,
            "queues": selectors.own_queue_views(organisation),
            "engines": selectors.engine_views(selectors.visible_engines(organisation), past),
        }
        return Response(SystemSerializer(system).data)
