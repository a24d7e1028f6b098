"""Questions and runs for other systems. A desk subclasses the two views with its adapter, under addresses of its own."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, parsers, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.accounts.actors import Actor
from apps.core import tables
from apps.core.api import UUID_PATTERN, validated_body
from apps.core.errors import Conflict, NotFound
from apps.core.forms import validated_fields
from apps.evaluation import acts, documents, question_files, results, selectors, services, versions
from apps.evaluation.adapters import Adapter
from apps.evaluation.comparison import ORDER, Comparison, Pair
from apps.evaluation.forms import LimitForm
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.evaluation.opinions.api import OpinionActions

READS = ("list", "retrieve", "compare", "results", "export", "annotations", "judgements", "judgement")
WRITES = (
    "create",
    "update",
    "destroy",
    "cancel",
    "resume",
    "apply",
    "ready",
    "import_file",
    "annotate",
    "adopt",
    "judge",
)

ViewSet = TypeVar("ViewSet", bound=type[Any])


class EvaluationQuestionSerializer(serializers.ModelSerializer[EvaluationQuestion]):
    last_passed = serializers.BooleanField(
        allow_null=True, read_only=True, help_text="In the latest run of what is live."
    )

    class Meta:
        model = EvaluationQuestion
        fields = ["id", "question_set", "text", "expected", "last_passed", "created_at"]
        read_only_fields = fields


class NewEvaluationQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    question_set = serializers.CharField(max_length=50)
    text = serializers.CharField(max_length=2000)
    expected = serializers.DictField(default=dict)


class QuestionFileSerializer(serializers.Serializer[Any]):
    question_set = serializers.CharField(max_length=50)
    file = serializers.FileField(help_text="CSV or JSON Lines.")
    task = serializers.FileField(
        required=False,
        default=None,
        help_text="YAML of lm-evaluation-harness; `file` then holds its documents.",
    )


class ImportedQuestionsSerializer(serializers.Serializer[Any]):
    imported = serializers.IntegerField()


class EvaluationRunSerializer(serializers.ModelSerializer[EvaluationRun]):
    state = serializers.CharField(source="job.state", default=None, read_only=True)

    class Meta:
        model = EvaluationRun
        fields = ["id", "question_set", "label", "job", "state", "is_draft", "endpoint", "options"]
        fields += ["model", "prompt_hash", "passed", "total", "set_version", "set_hash", "created_at"]
        read_only_fields = fields


class EvaluationLimitSerializer(serializers.Serializer[dict[str, Any]]):
    max_tokens = serializers.IntegerField(
        default=None,
        allow_null=True,
        min_value=1,
        help_text="At this limit the run ends and keeps its answers.",
    )
    max_cost = serializers.DecimalField(
        max_digits=14, decimal_places=4, default=None, allow_null=True, help_text="At its endpoint's prices."
    )


class NewEvaluationRunSerializer(EvaluationLimitSerializer):
    question_set = serializers.CharField(max_length=50)
    label = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    endpoint = serializers.UUIDField(default=None, allow_null=True)
    options = serializers.DictField(default=dict)


class EvaluationAnswerSerializer(serializers.ModelSerializer[EvaluationAnswer]):
    problem_texts = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="In the language of the request."
    )

    class Meta:
        model = EvaluationAnswer
        fields = [
            "id",
            "question",
            "question_text",
            "expected",
            "text",
            "details",
            "is_passed",
            "problems",
            "problem_texts",
        ]
        fields += ["seconds"]
        read_only_fields = fields


class EvaluationRunWithAnswersSerializer(EvaluationRunSerializer):
    changed_since = serializers.SerializerMethodField(
        help_text="Questions of the set that are new, other or gone since this run asked them."
    )
    answers = serializers.SerializerMethodField()

    class Meta(EvaluationRunSerializer.Meta):
        fields = [*EvaluationRunSerializer.Meta.fields, "changed_since", "answers"]
        read_only_fields = fields

    def get_changed_since(self, run: EvaluationRun) -> int:
        return versions.changed_since(run)

    @extend_schema_field(EvaluationAnswerSerializer(many=True))
    def get_answers(self, run: EvaluationRun) -> Any:
        return EvaluationAnswerSerializer(selectors.answers(run), many=True).data


class EvaluationPairSerializer(serializers.Serializer[Pair]):
    question = serializers.CharField(read_only=True)
    verdict = serializers.ChoiceField(choices=ORDER, read_only=True)
    before = EvaluationAnswerSerializer(allow_null=True, read_only=True)
    after = EvaluationAnswerSerializer(allow_null=True, read_only=True)


class EvaluationComparisonSerializer(serializers.Serializer[Comparison]):
    before = EvaluationRunSerializer(read_only=True)
    after = EvaluationRunSerializer(read_only=True)
    is_same_version = serializers.BooleanField(read_only=True)
    reworded_count = serializers.IntegerField(read_only=True, help_text="Asked by both, in other words.")
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    pairs = EvaluationPairSerializer(many=True, read_only=True)


class EvaluationResultSerializer(serializers.Serializer[dict[str, Any]]):
    run = serializers.UUIDField()
    model = serializers.CharField()
    passed = serializers.IntegerField()
    total = serializers.IntegerField()
    share = serializers.FloatField()
    interval = serializers.ListField(child=serializers.FloatField(), help_text="95 %, of the share.")
    difference = serializers.FloatField(
        allow_null=True, help_text="Of the shares, from the best; null for the best."
    )
    difference_interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)
    probability = serializers.FloatField(
        allow_null=True, help_text="Of such a difference by chance: McNemar's test, by Holm for all pairs."
    )
    tokens_per_answer = serializers.FloatField(allow_null=True)
    tokens_per_second = serializers.FloatField(allow_null=True)
    first_token_seconds = serializers.FloatField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True, help_text="An answer's, with all that the desk does.")
    cost_per_answer = serializers.DecimalField(12, 6, allow_null=True)


def adapter_view(view: ViewSet) -> ViewSet:
    """Decorates a desk's view: who may call it, and what it takes and gives in the API's schema, is as its adapter says."""
    reads, writes = view.adapter.view_permission, view.adapter.manage_permission
    view.permissions = dict.fromkeys(READS, reads) | dict.fromkeys(WRITES, writes)
    new, row = view.new_serializer_class, view.serializer_class
    if issubclass(view, QuestionViewSet):
        create = extend_schema(request=new, responses={201: row})
        return extend_schema_view(create=create, update=extend_schema(request=new, responses=row))(view)
    return extend_schema_view(
        create=extend_schema(request=new, responses={202: row}),
        retrieve=extend_schema(responses=view.detail_serializer_class),
        compare=extend_schema(responses=view.comparison_serializer_class),
        cancel=extend_schema(request=None, responses={202: row}),
        resume=extend_schema(request=EvaluationLimitSerializer, responses={202: row}),
    )(view)


class QuestionViewSet(viewsets.ReadOnlyModelViewSet[EvaluationQuestion]):
    adapter: Adapter
    new_serializer_class: type[serializers.Serializer[Any]] = NewEvaluationQuestionSerializer
    queryset = EvaluationQuestion.objects.none()
    serializer_class: Any = EvaluationQuestionSerializer
    filterset_class: Any = None
    filterset_fields = ["question_set"]
    lookup_url_kwarg = "evaluation_question_id"
    lookup_value_regex = UUID_PATTERN

    def get_queryset(self) -> QuerySet[EvaluationQuestion]:
        return selectors.questions(self.adapter, actor_of(self.request).organisation)

    def create(self, request: Request) -> Response:
        return Response(self._saved(request, None), status=status.HTTP_201_CREATED)

    def update(self, request: Request, **kwargs: str) -> Response:
        return Response(self._saved(request, self.get_object().pk))

    destroy = ApiDelete(acts.DELETE_QUESTION)

    @extend_schema(
        request={"multipart/form-data": QuestionFileSerializer}, responses=ImportedQuestionsSerializer
    )
    @action(detail=False, methods=["post"], url_path="import", parser_classes=[parsers.MultiPartParser])
    def import_file(self, request: Request) -> Response:
        """Questions from a CSV or JSON Lines file, or from an lm-evaluation-harness task. All are saved or none."""
        body, actor = validated_body(request, QuestionFileSerializer), actor_of(request)
        _require_question_set(self.adapter, actor, body["question_set"])
        content, task = (
            each.read(tables.MAX_BYTES + 1) if each else b"" for each in (body["file"], body["task"])
        )
        imported = services.import_questions(
            actor, adapter=self.adapter, question_set=body["question_set"], content=content, task=task
        )
        return Response({"imported": imported.count})

    @extend_schema(
        parameters=[OpenApiParameter("set", str), OpenApiParameter("type", str, enum=["csv", "jsonl"])],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=False, filterset_class=None, filterset_fields=None, pagination_class=None)
    def export(self, request: Request) -> HttpResponseBase:
        """All questions, or those of a set, as a file that `import` takes."""
        query = request.query_params
        file_type = "jsonl" if query.get("type") == "jsonl" else "csv"
        return question_files.export(actor_of(request), self.adapter, query.get("set", ""), file_type)

    def _saved(self, request: Request, question_id: UUID | None) -> Any:
        fields, actor = validated_body(request, self.new_serializer_class), actor_of(request)
        fields |= fields.pop("expected", {})
        _require_question_set(self.adapter, actor, str(fields["question_set"]))
        form = self.adapter.question_form(fields, adapter=self.adapter, organisation=actor.organisation)
        saved = services.save_question(
            actor, adapter=self.adapter, question_id=question_id, **validated_fields(form)
        )
        return self.get_serializer(self.get_queryset().get(pk=saved.pk)).data


class RunViewSet(
    OpinionActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[EvaluationRun]
):
    adapter: Adapter
    new_serializer_class: type[serializers.Serializer[Any]] = NewEvaluationRunSerializer
    detail_serializer_class: type[serializers.Serializer[Any]] = EvaluationRunWithAnswersSerializer
    comparison_serializer_class: type[serializers.Serializer[Any]] = EvaluationComparisonSerializer
    queryset = EvaluationRun.objects.none()
    serializer_class: Any = EvaluationRunSerializer
    filterset_class: Any = None
    filterset_fields = ["question_set"]
    lookup_url_kwarg = "evaluation_run_id"
    lookup_value_regex = UUID_PATTERN

    def get_queryset(self) -> QuerySet[EvaluationRun]:
        return selectors.runs(self.adapter, actor_of(self.request).organisation)

    def create(self, request: Request) -> Response:
        """Fields that are left out are as they are live."""
        fields, actor = validated_body(request, self.new_serializer_class), actor_of(request)
        key = str(fields.pop("question_set"))
        _require_question_set(self.adapter, actor, key)
        options = self.adapter.live_options(actor.organisation, key) | fields.pop("options", {})
        chosen = fields.pop("endpoint")
        fields["endpoints"] = [chosen] if chosen else []
        form = self.adapter.run_form(options | fields, organisation=actor.organisation)
        [run] = services.start_runs(actor, adapter=self.adapter, question_set=key, **validated_fields(form))
        return Response(self.get_serializer(run).data, status=status.HTTP_202_ACCEPTED)

    def retrieve(self, request: Request, **kwargs: str) -> Response:
        """With its answers, what failed first."""
        return Response(self.detail_serializer_class(self.get_object()).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("with", str, description="Another run; without it the last live one before.")
        ],
    )
    @action(detail=True, filterset_class=None, filterset_fields=None, pagination_class=None)
    def compare(self, request: Request, **kwargs: str) -> Response:
        """What got better and worse since another run."""
        after = self.get_object()
        before: EvaluationRun | None
        if chosen := request.query_params.get("with"):
            try:
                before = self.get_queryset().get(pk=UUID(chosen))
            except (ValueError, EvaluationRun.DoesNotExist) as error:
                raise NotFound from error
        else:
            before = selectors.earlier_live_run(after)
        if before is None:
            raise Conflict(_("No earlier run to compare with."), code="no_other_run")
        return Response(self.comparison_serializer_class(Comparison(before, after)).data)

    @extend_schema(
        parameters=[OpenApiParameter("set", str, required=True)],
        responses=EvaluationResultSerializer(many=True),
    )
    @action(detail=False, filterset_class=None, filterset_fields=None, pagination_class=None)
    def results(self, request: Request) -> Response:
        """The latest run of each model over a set, the best first, with what an answer takes."""
        actor, key = actor_of(request), request.query_params.get("set", "")
        _require_question_set(self.adapter, actor, key)
        found = results.of_set(actor.organisation, self.adapter.desk, key)
        return Response([documents.model_fields(row) for row in found.rows])

    cancel = ApiAct(acts.CANCEL, code=status.HTTP_202_ACCEPTED)

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, **kwargs: str) -> Response:
        """Asks what was not asked before the run failed, was stopped or reached its limit; without a limit, all of it."""
        run, body = self.get_object(), validated_body(request, EvaluationLimitSerializer)
        services.continue_run(actor_of(request), run, **validated_fields(LimitForm(body)))
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)


def _require_question_set(adapter: Adapter, actor: Actor, key: str) -> None:
    """Raises NotFound: a set is often a row, such as a channel, and may be another organisation's."""
    if key not in adapter.question_sets(actor.organisation):
        raise NotFound
