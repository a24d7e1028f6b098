"""Cards of models for other systems, with the source of each cell. Nothing of them belongs to an organisation."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_lab.cards import selectors
from apps.model_lab.cards.forms import ModelFilterForm
from apps.model_lab.cards.schemas import families
from apps.model_lab.desk import VIEW


class SourceSerializer(serializers.Serializer[Any]):
    source = serializers.URLField()  # type: ignore[assignment]
    on = serializers.DateField(help_text="The day of the page, or when it was read.")


class WordsSerializer(SourceSerializer):
    en = serializers.CharField()
    zh = serializers.CharField()


class NumberSerializer(SourceSerializer):
    value = serializers.FloatField(help_text="Exam scores are in per cent.")
    note = serializers.CharField()
    note_zh = serializers.CharField(help_text="Empty where the note has no words of a language.")


class ArithmeticSerializer(serializers.Serializer[Any]):
    """By the capacity planner, from the model's configuration."""

    total = serializers.IntegerField()
    active = serializers.IntegerField()
    cache_bytes = serializers.IntegerField(help_text="KV cache a token, in 16 bits.")
    gpus = serializers.IntegerField(
        allow_null=True, help_text="Of 80 GiB, for one conversation of 8,192 tokens."
    )


class CardSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="card.name")
    family = serializers.CharField(source="family.family")
    maker = serializers.CharField(help_text="In the language of the request.")
    released = serializers.DateField(source="card.released")
    follows = serializers.CharField(source="card.follows")
    weights = serializers.ChoiceField(source="card.weights", choices=list(selectors.WEIGHTS))
    config = serializers.CharField(
        source="card.config", help_text="Its name in the capacity planner, or empty."
    )
    words = serializers.DictField(source="card.words", child=WordsSerializer())
    numbers = serializers.DictField(source="card.numbers", child=NumberSerializer())
    arithmetic = ArithmeticSerializer(source="card.arithmetic", allow_null=True)


class CardViewSet(viewsets.ViewSet):
    """What makers publish of their models, and what the capacity planner counts."""

    permissions = dict.fromkeys(("list", "retrieve"), VIEW)
    lookup_url_kwarg = "card_name"
    lookup_value_regex = "[^/]+"

    @extend_schema(
        parameters=[
            OpenApiParameter("family", enum=[each.family for each in families()]),
            OpenApiParameter("weights", enum=list(selectors.WEIGHTS)),
            OpenApiParameter("order", enum=list(selectors.ORDERS)),
        ],
        responses=CardSerializer(many=True),
    )
    def list(self, request: Request) -> Response:
        """All of them, or a family's, or those with such weights. What is wrong narrows nothing."""
        rows = selectors.model_rows(**ModelFilterForm(request.query_params).filters())
        return Response(CardSerializer(rows, many=True).data)

    @extend_schema(responses=CardSerializer)
    def retrieve(self, request: Request, card_name: str) -> Response:
        return Response(CardSerializer(selectors.compared([card_name])[0]).data)
