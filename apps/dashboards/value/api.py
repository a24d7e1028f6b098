from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, PeriodSerializer
from apps.dashboards.value.report import REPORT


class ValuePartSerializer(serializers.Serializer[Any]):
    """A number that a figure is made of: measured, or assumed."""

    name = serializers.CharField(source="label", read_only=True)
    text = serializers.CharField(read_only=True)
    is_assumed = serializers.BooleanField(read_only=True)


class ValueFigureSerializer(MetricSerializer):
    """`better`: 1 where more of it is good, -1 where less is. `missing`: what it lacks; `now` is null without it."""

    sample = serializers.IntegerField(source="value.sample", allow_null=True, read_only=True)
    is_small_sample = serializers.BooleanField(source="value.is_small_sample", read_only=True)
    formula = serializers.CharField(source="value.formula", read_only=True)
    parts = ValuePartSerializer(source="value.parts", many=True, read_only=True)
    missing = serializers.ListField(source="value.missing", child=serializers.CharField(), read_only=True)


class ValueSerializer(serializers.Serializer[Any]):
    period = PeriodSerializer(source="scope.period", read_only=True)
    figures = ValueFigureSerializer(many=True, read_only=True)


class ValueView(APIView):
    """What the platform is worth, each figure with its formula."""

    permissions = {"GET": "analytics.view"}

    @extend_schema(
        operation_id="analytics_value_retrieve",
        parameters=analytics.parameters(REPORT),
        responses=ValueSerializer,
    )
    def get(self, request: Request) -> Response:
        scope = analytics.scope_of(REPORT, request)
        figures = REPORT.cards(REPORT.results(scope))
        return Response(ValueSerializer({"scope": scope, "figures": figures}).data)
