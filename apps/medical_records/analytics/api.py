from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.core.numbers import whole_number
from apps.medical_records.analytics.selectors import desk_figures

USUAL_DAYS, MOST_DAYS = 30, 366


class FieldFigureSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    edit_ratio = serializers.FloatField()
    records = serializers.IntegerField()


class DayFigureSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    signed = serializers.IntegerField()
    edit_ratio = serializers.FloatField(allow_null=True)


class DeskFiguresSerializer(serializers.Serializer[Any]):
    """Shares lie between 0 and 1. Null where nothing was signed."""

    days = serializers.IntegerField()
    signed = serializers.IntegerField()
    amended = serializers.IntegerField()
    waiting = serializers.IntegerField()
    minutes_by_hand = serializers.IntegerField()
    minutes_saved = serializers.FloatField()
    edit_ratio = serializers.FloatField(allow_null=True)
    untouched = serializers.IntegerField()
    unsupported_ratio = serializers.FloatField(allow_null=True)
    entered_ratio = serializers.FloatField(allow_null=True)
    turnaround_seconds = serializers.FloatField(allow_null=True)
    turnaround_p90_seconds = serializers.FloatField(allow_null=True)
    draft_seconds = serializers.FloatField(allow_null=True)
    audio_minutes = serializers.FloatField()
    most_changed = FieldFigureSerializer(many=True)
    by_day = DayFigureSerializer(many=True)


class FiguresView(APIView):
    """What the desk saves and how good its drafts are."""

    permissions = {"GET": "records.view"}

    @extend_schema(
        operation_id="medical_figures_retrieve",
        parameters=[
            OpenApiParameter("days", int, description=f"Up to {MOST_DAYS}; {USUAL_DAYS} if it is not given.")
        ],
        responses=DeskFiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        asked = whole_number(request.query_params.get("days", ""))
        days = USUAL_DAYS if asked is None else min(MOST_DAYS, max(1, asked))
        return Response(asdict(desk_figures(actor_of(request).organisation, days=days)))
