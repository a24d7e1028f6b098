from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core import languages
from apps.core import tables as core_tables
from apps.core.api import UUID_PATTERN, BoundedJSONParser, validated_body
from apps.customer_service.saved_answers import acts, services, tables
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.customer_service.saved_answers.preview import Preview, PreviewMatch
from apps.customer_service.saved_answers.resources import SAVED_ANSWERS
from apps.customer_service.saved_answers.services import Content
from apps.resources.api import RowsViewSet


@extend_schema_serializer(component_name="CuratedAnswer")
class SavedAnswerSerializer(serializers.ModelSerializer[SavedAnswer]):
    questions = serializers.SlugRelatedField(slug_field="text", many=True, read_only=True)  # type: ignore[var-annotated]
    times_given = serializers.IntegerField(read_only=True)
    last_given_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = SavedAnswer
        fields = [
            "id",
            "questions",
            "answer",
            "language",
            "channels",
            "owner",
            "expires_at",
            "is_enabled",
            "is_expired",
            "times_given",
            "last_given_at",
            "created_at",
            "changed_at",
        ]
        read_only_fields = fields


@extend_schema_serializer(component_name="NewCuratedAnswer")
class NewSavedAnswerSerializer(serializers.Serializer[dict[str, Any]]):
    questions = serializers.ListField(
        child=serializers.CharField(max_length=services.MAX_QUESTION_CHARACTERS),
        max_length=services.MAX_QUESTIONS,
    )
    answer = serializers.CharField(max_length=services.MAX_ANSWER_CHARACTERS)
    language = serializers.ChoiceField(choices=languages.CHOICES)
    channels = serializers.ListField(child=serializers.UUIDField(), default=list)
    owner = serializers.UUIDField(allow_null=True, default=None)
    expires_at = serializers.DateTimeField(allow_null=True, default=None)
    is_enabled = serializers.BooleanField(default=True)


class TriedQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    question = serializers.CharField(max_length=1000)
    channel = serializers.UUIDField(required=False)
    language = serializers.ChoiceField(choices=languages.CHOICES, required=False)


class TriedSerializer(serializers.Serializer[PreviewMatch]):
    curated_answer = serializers.UUIDField(source="answer.pk")
    question = serializers.CharField(source="candidate.question")
    closeness = serializers.FloatField(source="candidate.closeness")
    is_given = serializers.BooleanField()
    is_exact = serializers.BooleanField(source="candidate.is_exact")
    objection = serializers.CharField(source="candidate.objection")
    is_disputed = serializers.BooleanField()


class TrialSerializer(serializers.Serializer[Preview]):
    """The closest answers; at most one of them is given."""

    language = serializers.CharField()
    closest = TriedSerializer(many=True)


@extend_schema_serializer(component_name="CuratedTable")
class SavedAnswerTableSerializer(serializers.Serializer[dict[str, Any]]):
    csv = serializers.CharField(max_length=core_tables.MAX_BYTES, trim_whitespace=False)


class AnswerTableFileSerializer(serializers.Serializer[dict[str, Any]]):
    file = serializers.FileField(max_length=200, allow_empty_file=True)


class ImportedSerializer(serializers.Serializer[dict[str, Any]]):
    count = serializers.IntegerField()


class SavedAnswerApiFilter(django_filters.FilterSet):  # type: ignore[misc]
    language = django_filters.CharFilter()
    is_enabled = django_filters.BooleanFilter()
    owner = django_filters.UUIDFilter(field_name="owner_id")
    expires_before = django_filters.IsoDateTimeFilter(field_name="expires_at", lookup_expr="lt")


class SavedAnswerViewSet(RowsViewSet[SavedAnswer]):
    """Answers that a person wrote. Visitors who ask one of the questions get them word for word."""

    row_list = SAVED_ANSWERS
    serializer_class = SavedAnswerSerializer
    filterset_class = SavedAnswerApiFilter
    # Called so in the API's published description.
    lookup_url_kwarg = "curated_answer_id"
    lookup_value_regex = UUID_PATTERN
    # Of a table.
    max_bytes = core_tables.MAX_BYTES
    permissions = {
        "create": "conversations.manage",
        "update": "conversations.manage",
        "import_table": "conversations.manage",
    }

    @extend_schema(request=NewSavedAnswerSerializer, responses={201: SavedAnswerSerializer})
    def create(self, request: Request) -> Response:
        answer = services.save_saved_answer(actor_of(request), _content(request))
        return Response(self._body(answer), status=status.HTTP_201_CREATED)

    @extend_schema(request=NewSavedAnswerSerializer, responses=SavedAnswerSerializer)
    def update(self, request: Request, curated_answer_id: str) -> Response:
        """All of it: its questions replace those it had."""
        answer = self.get_object()  # a stranger learns nothing of the fields either
        changed_answer = services.save_saved_answer(
            actor_of(request), _content(request), saved_answer_id=answer.pk
        )
        return Response(self._body(changed_answer))

    destroy = ApiDelete(acts.DELETE_SAVED_ANSWER)

    try_question = ApiAct(
        acts.TRY_QUESTION,
        "Which answer a question would get, and how close the others come.",
        body=TriedQuestionSerializer,
        answer=TrialSerializer,
        url_path="try",
    )

    @extend_schema(
        request={
            "application/json": SavedAnswerTableSerializer,
            "multipart/form-data": AnswerTableFileSerializer,
        },
        responses={201: ImportedSerializer},
    )
    @action(
        detail=False, methods=["post"], url_path="import", parser_classes=[BoundedJSONParser, MultiPartParser]
    )
    def import_table(self, request: Request) -> Response:
        """CSV with the columns questions, answer, language, expires. All rows are taken or none."""
        if "file" in request.FILES:
            # One byte more than is allowed is enough to tell that it is too long.
            file = validated_body(request, AnswerTableFileSerializer)["file"]
            content = file.read(core_tables.MAX_BYTES + 1)
        else:
            content = validated_body(request, SavedAnswerTableSerializer)["csv"].encode()
        imported = tables.import_saved_answers(actor_of(request), content=content)
        return Response(ImportedSerializer({"count": imported.count}).data, status=status.HTTP_201_CREATED)

    def _body(self, of: SavedAnswer) -> Any:
        return SavedAnswerSerializer(self.get_queryset().get(pk=of.pk)).data


def _content(request: Request) -> Content:
    return Content(**validated_body(request, NewSavedAnswerSerializer))
