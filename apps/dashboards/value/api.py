from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.analytics import api as analytics
from apps.analytics.api import PeriodSerializer
from apps.dashboards.value.report import CLAIMS, REPORT


class ValuePartSerializer(serializers.Serializer[Any]):
    """A number that a figure is made of: measured, or assumed."""

    name = serializers.CharField(source="label", read_only=True)
    text = serializers.CharField(read_only=True)
    is_assumed = serializers.BooleanField(read_only=True)


class ValueFigureSerializer(serializers.Serializer[Any]):
    """`better`: 1 where more of it is good, -1 where less is. `missing`: what it lacks; `now` is null without it."""

    key = serializers.CharField(source="card.metric.key", read_only=True)
    name = serializers.CharField(source="card.metric.label", read_only=True)
    unit = serializers.CharField(source="card.value.unit", read_only=True)
    now = serializers.FloatField(source="card.value.number", allow_null=True, read_only=True)
    before = serializers.FloatField(source="card.before.number", allow_null=True, read_only=True)
    better = serializers.IntegerField(source="card.metric.better", read_only=True)
    sample = serializers.IntegerField(source="card.value.sample", allow_null=True, read_only=True)
    is_small_sample = serializers.BooleanField(source="figure.is_small_sample", read_only=True)
    formula = serializers.CharField(source="figure.formula", read_only=True)
    parts = ValuePartSerializer(source="figure.parts", many=True, read_only=True)
    missing = serializers.ListField(source="figure.missing", child=serializers.CharField(), read_only=True)


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
        results = REPORT.results(scope)
        figures = [
            {"card": card, "figure": CLAIMS[card.metric.key](results.now)} for card in REPORT.cards(results)
        ]
        return Response(ValueSerializer({"scope": scope, "figures": figures}).data)
