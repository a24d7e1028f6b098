from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.errors import Conflict, NotFound
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.regression_serializers import (
    ComparisonSerializer,
    NewQuestionSerializer,
    NewRunSerializer,
    RegressionQuestionSerializer,
    RegressionRunSerializer,
    RunWithAnswersSerializer,
)
from apps.customer_service.models import Channel, RegressionQuestion, RegressionRun
from apps.customer_service.regression import comparing, questions, runs
from apps.inference.models import Endpoint, Purpose
from apps.jobs import services as jobs
from apps.knowledge.models import Collection, Document


class ChannelFilter(django_filters.FilterSet):  # type: ignore[misc]
    channel = django_filters.UUIDFilter(field_name="channel_id")


class RegressionQuestionViewSet(viewsets.ReadOnlyModelViewSet[RegressionQuestion]):
    """Questions whose answer the shop knows, asked again whenever something changes."""

    queryset = RegressionQuestion.objects.none()
    serializer_class = RegressionQuestionSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_question_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "create": "conversations.manage",
        "update": "conversations.manage",
        "destroy": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[RegressionQuestion]:
        return questions.with_last_result(questions.question_list(actor_of(self.request).organisation))

    @extend_schema(request=NewQuestionSerializer, responses={201: RegressionQuestionSerializer})
    def create(self, request: Request) -> Response:
        made = self._saved(request)
        return Response(RegressionQuestionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewQuestionSerializer, responses=RegressionQuestionSerializer)
    def update(self, request: Request, regression_question_id: str) -> Response:
        found = self.get_object()  # a stranger learns nothing of the fields either
        return Response(RegressionQuestionSerializer(self._saved(request, question_id=found.pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, regression_question_id: str) -> Response:
        questions.delete_question(actor_of(request), question_id=UUID(regression_question_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _saved(self, request: Request, **fields: Any) -> RegressionQuestion:
        body = NewQuestionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent, actor = dict(body.validated_data), actor_of(request)
        channel = _one(Channel.objects.within(actor.organisation), sent.pop("channel"))
        documents = _all(Document.objects.within(actor.organisation), sent.pop("expected_documents"))
        text = sent.pop("text")
        expected = questions.Expected(expected_documents=documents, **sent)
        made = questions.save_question(actor, channel=channel, text=text, expected=expected, **fields)
        return questions.with_last_result(questions.question_list(actor.organisation)).get(pk=made.pk)


class RegressionRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RegressionRun]
):
    """All questions of a channel asked once, of what is live or of a draft."""

    queryset = RegressionRun.objects.none()
    serializer_class = RegressionRunSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_run_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "compare": "conversations.view",
        "create": "conversations.manage",
        "cancel": "conversations.manage",
        "apply": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[RegressionRun]:
        return runs.run_list(actor_of(self.request).organisation).prefetch_related("collections")

    @extend_schema(request=NewRunSerializer, responses={202: RegressionRunSerializer})
    def create(self, request: Request) -> Response:
        """Fields that are left out are as they are live."""
        body = NewRunSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent, actor = body.validated_data, actor_of(request)
        endpoints = Endpoint.objects.visible_to(actor.organisation).filter(purpose=Purpose.CHAT)
        started = runs.start_run(
            actor,
            channel=_one(Channel.objects.within(actor.organisation), sent["channel"]),
            label=sent["label"],
            instructions=sent.get("instructions"),
            endpoint=_one(endpoints, sent["endpoint"]) if sent["endpoint"] else None,
            collections=_all(Collection.objects.within(actor.organisation), sent["collections"]),
        )
        return Response(RegressionRunSerializer(started).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=RunWithAnswersSerializer)
    def retrieve(self, request: Request, regression_run_id: str) -> Response:
        """With its answers, what failed first."""
        return Response(RunWithAnswersSerializer(self.get_object()).data)

    @extend_schema(
        responses=ComparisonSerializer,
        parameters=[
            OpenApiParameter("with", str, description="Another run; without it the last live one before.")
        ],
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def compare(self, request: Request, regression_run_id: str) -> Response:
        """What got better and worse since another run."""
        after = self.get_object()
        chosen = request.query_params.get("with")
        before = self._other(chosen) if chosen else comparing.earlier_live_run(after)
        if before is None:
            raise Conflict(_("There is no earlier run of this channel to compare with."), code="no_other_run")
        return Response(ComparisonSerializer(comparing.comparison(before, after)).data)

    @extend_schema(request=None, responses={202: RegressionRunSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, regression_run_id: str) -> Response:
        found = self.get_object()
        if found.job:
            jobs.cancel_job(found.job, requested_by=actor_of(request))
        return Response(RegressionRunSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, regression_run_id: str) -> Response:
        """The channel's instructions become those of the run."""
        runs.apply_instructions(actor_of(request), run_id=UUID(regression_run_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _other(self, run_id: str) -> RegressionRun:
        try:
            found: RegressionRun = _one(self.get_queryset(), UUID(run_id))
        except ValueError as error:
            raise NotFound from error
        return found


def _one(rows: QuerySet[Any], row_id: UUID) -> Any:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotFound
    return found


def _all(rows: QuerySet[Any], row_ids: list[UUID]) -> list[Any]:
    found = list(rows.filter(pk__in=row_ids))
    if len(found) < len(set(row_ids)):
        raise NotFound
    return found
