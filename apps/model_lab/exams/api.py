"""The REST API of exams."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import validated_body
from apps.evaluation import api as evaluation
from apps.evaluation import services
from apps.model_lab.exams.evaluation_adapter import ADAPTER
from apps.model_lab.exams.question_kinds.registry import KINDS


class ReadyQuestionsSerializer(serializers.Serializer[Any]):
    question_set = serializers.ChoiceField(choices=list(KINDS))


class AddedQuestionsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(read_only=True)


@evaluation.adapter_view
class ExamQuestionViewSet(evaluation.QuestionViewSet):
    """Questions with a known answer. `question_set` is the kind: `choice`, `number`, `text`, `code`, `instruction`,
    `fields`, `tool`, `refusal`, `needle` or `translation`; `expected` holds what its form asks, under the names of the
    table's columns.
    """

    adapter = ADAPTER

    @extend_schema(request=ReadyQuestionsSerializer, responses={201: AddedQuestionsSerializer})
    @action(detail=False, methods=["post"])
    def ready(self, request: Request) -> Response:
        """Adds the questions that come along with a kind and that its set lacks."""
        key = validated_body(request, ReadyQuestionsSerializer)["question_set"]
        count = services.add_ready_questions(actor_of(request), adapter=ADAPTER, question_set=key)
        return Response({"count": count}, status=status.HTTP_201_CREATED)


@evaluation.adapter_view
class ExamRunViewSet(evaluation.RunViewSet):
    """All questions of a kind put to one model. Compare the runs of two models with `compare`."""

    adapter = ADAPTER
