from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, RowSerializer
from apps.medical_records.analytics.report import REPORT, FieldEdits, Totals


class FieldFigureSerializer(RowSerializer):
    """How much of a field was changed between the drafts and the signed texts."""

    row = FieldEdits


class DayFigureSerializer(RowSerializer):
    """What was signed on a day."""

    row, within = Totals, "totals"
    only = ("signed", "edit_ratio")
    day = serializers.DateField(source="key", read_only=True)


class DeskFiguresSerializer(RowSerializer):
    """Shares lie between 0 and 1. Null where nothing was signed."""

    row, within = Totals, "results.now"
    days = serializers.IntegerField(source="scope.period.days")
    unsupported_ratio = serializers.FloatField(source="results.now.unsupported_ratio", allow_null=True)
    entered_ratio = serializers.FloatField(source="results.now.entered_ratio", allow_null=True)
    audio_minutes = serializers.FloatField(source="results.now.audio_minutes")
    metrics = MetricSerializer(many=True, read_only=True)
    most_changed = FieldFigureSerializer(source="results.most_changed", many=True)
    by_day = DayFigureSerializer(source="results.days", many=True)


class FiguresView(APIView):
    """What the desk saves and how good its drafts are."""

    permissions = {"GET": "records.view"}

    @extend_schema(
        operation_id="medical_figures_retrieve",
        parameters=analytics.parameters(REPORT),
        responses=DeskFiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        scope = analytics.scope_of(REPORT, request)
        results = REPORT.results(scope)
        body = {"scope": scope, "results": results, "metrics": REPORT.cards(results)}
        return Response(DeskFiguresSerializer(body).data)
