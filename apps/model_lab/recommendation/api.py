"""The recommendation for other systems: what the page shows, with its arithmetic."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.forms import validated_fields
from apps.model_lab.desk import VIEW
from apps.model_lab.recommendation import selectors
from apps.model_lab.recommendation.forms import RecommendationForm


class CandidateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    endpoint = serializers.UUIDField(source="endpoint.pk", default=None)
    fits = serializers.BooleanField(allow_null=True, help_text="Null: its configuration is not public.")
    serves = serializers.BooleanField(allow_null=True, help_text="Null: its speed was not measured here.")
    share = serializers.FloatField(allow_null=True, help_text="Of the desks' questions that passed here.")
    published = serializers.CharField(help_text="Scores by its maker, not comparable with `share`.")
    daily_cost = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    is_recommended = serializers.BooleanField()
    sentence = serializers.CharField(help_text="In the language of the request.")
    arithmetic = serializers.ListField(child=serializers.CharField())


class RecommendationSerializer(serializers.Serializer[Any]):
    tokens_per_second = serializers.FloatField(help_text="Needed in the busiest hour.")
    arithmetic = serializers.CharField()
    first_step = serializers.CharField(help_text="What to do before anything can be recommended, or empty.")
    models = CandidateSerializer(many=True)


class RecommendationViewSet(viewsets.ViewSet):
    """Which model for these desks, this load and this machine."""

    permissions = {"list": VIEW}

    @extend_schema(
        parameters=[
            OpenApiParameter("desks", str, many=True),
            *(
                OpenApiParameter(name, int)
                for name in ("requests", "busiest_hour", "input_tokens", "output_tokens", "gpus")
            ),
            OpenApiParameter("gpu", str, description="GiB of one GPU, of those that the page offers."),
        ],
        responses=RecommendationSerializer,
    )
    def list(self, request: Request) -> Response:
        """What is left out is what the organisation's requests were of late. The cheapest recommended model is first."""
        actor = actor_of(request)
        asked = validated_fields(RecommendationForm(request.query_params, actor=actor))
        rows, load = selectors.candidates(actor.organisation, **asked), asked["load"]
        answer = {
            "tokens_per_second": load.tokens_per_second,
            "arithmetic": load.arithmetic,
            "first_step": selectors.first_step(rows),
            "models": rows,
        }
        return Response(RecommendationSerializer(answer).data)
