"""What people and judges say of a run's answers, for other systems: actions of the runs of each desk."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import UUID_PATTERN, validated_body
from apps.core.errors import NotFound
from apps.evaluation import acts
from apps.evaluation.adapters import Adapter
from apps.evaluation.budgets import chat_endpoints
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationJudgement,
    EvaluationRun,
    EvaluationVerdict,
)
from apps.evaluation.opinions import annotations as people
from apps.evaluation.opinions import judges
from apps.evaluation.opinions.judge_figures import JudgeFigures
from apps.resources.api import ApiRead

PLAIN: dict[str, Any] = {"filterset_class": None, "filterset_fields": None, "pagination_class": None}


class EvaluationAnnotationSerializer(serializers.ModelSerializer[EvaluationAnnotation]):
    class Meta:
        model = EvaluationAnnotation
        fields = ["id", "answer", "member", "verdict", "better_text", "said_at"]
        read_only_fields = fields


class NewEvaluationAnnotationSerializer(serializers.Serializer[dict[str, Any]]):
    answer = serializers.UUIDField()
    verdict = serializers.ChoiceField(EvaluationAnnotation.Verdict.choices)
    better_text = serializers.CharField(max_length=4000, default="", allow_blank=True)


class AdoptedAnnotationSerializer(serializers.Serializer[dict[str, Any]]):
    annotation = serializers.UUIDField()


class EvaluationAnnotationsSerializer(serializers.Serializer[Any]):
    annotated = serializers.IntegerField(help_text="Answers of which people said something.")
    right = serializers.IntegerField()
    differ = serializers.IntegerField(help_text="Of which people said different things.")
    agree_with_rule = serializers.IntegerField()
    annotations = EvaluationAnnotationSerializer(many=True)


class AgreementSerializer(serializers.Serializer[Any]):
    agreed = serializers.IntegerField()
    total = serializers.IntegerField()
    kappa = serializers.FloatField(allow_null=True)
    kappa_interval = serializers.ListField(child=serializers.FloatField())


class EvaluationJudgementSerializer(serializers.ModelSerializer[EvaluationJudgement]):
    state = serializers.CharField(source="job.state", default=None, read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), source="figures.counts", read_only=True)
    is_usable = serializers.BooleanField(
        source="figures.is_usable", read_only=True, help_text="False where too much depends on the order."
    )
    agreement = AgreementSerializer(source="figures.agreement", read_only=True, help_text="With people.")

    class Meta:
        model = EvaluationJudgement
        fields = ["id", "run", "other_run", "endpoint", "job", "state", "model", "prompt_hash", "total"]
        fields += ["counts", "is_usable", "agreement", "created_at"]
        read_only_fields = fields

    def to_representation(self, instance: Any) -> Any:
        instance.figures = JudgeFigures(instance)
        return super().to_representation(instance)


class EvaluationVerdictSerializer(serializers.ModelSerializer[EvaluationVerdict]):
    outcome = serializers.CharField(
        read_only=True, help_text="answer, other, equal, order (depends on the order), or empty."
    )

    class Meta:
        model = EvaluationVerdict
        fields = ["answer", "other_answer", "outcome", "in_order", "swapped", "reasons"]
        read_only_fields = fields


class EvaluationJudgementWithVerdictsSerializer(EvaluationJudgementSerializer):
    verdicts = EvaluationVerdictSerializer(many=True, read_only=True)

    class Meta(EvaluationJudgementSerializer.Meta):
        fields = [*EvaluationJudgementSerializer.Meta.fields, "verdicts"]
        read_only_fields = fields


class NewEvaluationJudgementSerializer(serializers.Serializer[dict[str, Any]]):
    other_run = serializers.UUIDField(
        default=None, allow_null=True, help_text="Without it, against what is expected."
    )
    endpoint = serializers.UUIDField(default=None, allow_null=True)


class OpinionActions:
    """Of a view set of runs."""

    adapter: Adapter
    get_object: Any
    get_queryset: Any

    @extend_schema(responses=EvaluationAnnotationsSerializer)
    @action(detail=True, **PLAIN)
    def annotations(self, request: Request, **kwargs: str) -> Response:
        """What people say of the answers, and how often the rule says the same."""
        run = self.get_object()
        figures = people.opinion_of_people(run)
        body = {
            "annotated": len(figures.verdicts),
            "right": figures.right,
            "differ": figures.differ,
            "agree_with_rule": figures.agree_with_rule,
            "annotations": people.annotation_list(run),
        }
        return Response(EvaluationAnnotationsSerializer(body).data)

    @extend_schema(request=NewEvaluationAnnotationSerializer, responses={201: EvaluationAnnotationSerializer})
    @annotations.mapping.post
    def annotate(self, request: Request, **kwargs: str) -> Response:
        """Say whether an answer is right. Said again, it replaces what the same member said before."""
        run = self.get_object()
        fields = validated_body(request, NewEvaluationAnnotationSerializer)
        answer = run.answers.filter(pk=fields.pop("answer")).first()
        if answer is None:
            raise NotFound
        said = people.annotate(actor_of(request), adapter=self.adapter, answer=answer, **fields)
        return Response(EvaluationAnnotationSerializer(said).data, status=status.HTTP_201_CREATED)

    adopt = ApiAct(
        acts.ADOPT,
        "The better text of an annotation becomes what the question expects.",
        body=AdoptedAnnotationSerializer,
        code=204,
        **PLAIN,
    )

    @extend_schema(request=NewEvaluationJudgementSerializer, responses={202: EvaluationJudgementSerializer})
    @action(detail=True, methods=["post"], **PLAIN)
    def judge(self, request: Request, **kwargs: str) -> Response:
        """Have a model compare the answers with those of another run, or with what is expected."""
        run, actor = self.get_object(), actor_of(request)
        fields = validated_body(request, NewEvaluationJudgementSerializer)
        others = self.get_queryset().filter(question_set=run.question_set).exclude(pk=run.pk)
        other_run: EvaluationRun | None = others.one(pk=fields["other_run"]) if fields["other_run"] else None
        chosen = fields["endpoint"]
        endpoint = chat_endpoints(actor.organisation).one(pk=chosen) if chosen else None
        started = judges.start_judgement(
            actor, adapter=self.adapter, run=run, other_run=other_run, endpoint=endpoint
        )
        return Response(EvaluationJudgementSerializer(started).data, status=status.HTTP_202_ACCEPTED)

    judgements = ApiRead(
        judges.judgements_of,
        EvaluationJudgementSerializer(many=True),
        "What judges say of the run: models' opinions, which change none of its results.",
    )

    @extend_schema(responses=EvaluationJudgementWithVerdictsSerializer)
    @action(detail=True, url_path=f"judgements/(?P<evaluation_judgement_id>{UUID_PATTERN})", **PLAIN)
    def judgement(self, request: Request, evaluation_judgement_id: str, **kwargs: str) -> Response:
        """With each verdict, and the judge's reasons for both orders."""
        row = judges.judgements_of(self.get_object()).one(pk=UUID(evaluation_judgement_id))
        return Response(EvaluationJudgementWithVerdictsSerializer(row).data)
