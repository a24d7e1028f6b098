from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.analytics.api import RowSerializer
from apps.core.api import validated_body
from apps.customer_service.unanswered_questions import selectors, services
from apps.customer_service.unanswered_questions.selectors import Group, Question
from apps.jobs.models import Job


class QuestionSerializer(RowSerializer):
    """A message of a visitor that got no good answer."""

    row = Question


class GroupSerializer(RowSerializer):
    """Named by its most central question. `examples` differ in their words; the newest come first."""

    row = Group
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    examples = QuestionSerializer(many=True, read_only=True)


class ClusteringSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ["id", "state"]
        read_only_fields = fields


class UnansweredSerializer(serializers.Serializer[Any]):
    job = ClusteringSerializer(allow_null=True, read_only=True)
    groups = GroupSerializer(many=True, read_only=True)


class DismissalSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=services.MAX_CHARACTERS)


class UnansweredView(APIView):
    """Questions without a good answer, those of the same meaning together."""

    permissions = {"GET": "conversations.view", "POST": "conversations.manage"}

    @extend_schema(responses=UnansweredSerializer)
    def get(self, request: Request) -> Response:
        organisation = actor_of(request).organisation
        body = {
            "job": selectors.latest_clustering(organisation),
            "groups": selectors.listed_groups(organisation),
        }
        return Response(UnansweredSerializer(body).data)

    @extend_schema(request=None, responses={202: ClusteringSerializer})
    def post(self, request: Request) -> Response:
        """Groups them anew."""
        job = services.request_clustering(actor_of(request))
        return Response(ClusteringSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class DismissalView(APIView):
    permissions = {"POST": "conversations.manage"}

    @extend_schema(request=DismissalSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """This question, and those that mean the same, are not listed again."""
        body = validated_body(request, DismissalSerializer)
        services.dismiss(actor_of(request), question=body["question"])
        return Response(status=status.HTTP_204_NO_CONTENT)
