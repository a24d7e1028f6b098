"""The REST API of apps: which there are, with their schemas, and runs."""

import json
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import BoundedJSONParser, parse_json, validated_body
from apps.core.errors import Conflict
from apps.jobs import event_hub
from apps.jobs.api import BackedByJobSerializer
from apps.jobs.event_stream import job_frames
from apps.jobs.models import Job
from apps.resources.api import RowsViewSet
from apps.workbench import acts, decisions, file_imports, pictures, selectors, services
from apps.workbench.input_files import MAX_FILE_BYTES
from apps.workbench.models import App, AppRun
from apps.workbench.problem_words import ProblemView
from apps.workbench.resources import APP_RUNS, APPS
from apps.workbench.version_pages import file_response
from domain.workflows import types, values
from domain.workflows.yaml_reading import MAX_BYTES


class AppSerializer(serializers.ModelSerializer[App]):
    """`inputs`, `outputs`: JSON Schema of what a run takes and gives. A draft has no version and no schemas."""

    title = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    version = serializers.IntegerField(source="published.number", read_only=True, default=None)
    inputs = serializers.SerializerMethodField()
    outputs = serializers.SerializerMethodField()

    class Meta:
        model = App
        fields = ["id", "name", "title", "description", "version", "inputs", "outputs"]
        read_only_fields = fields

    def get_inputs(self, app: App) -> dict[str, Any]:
        checked = app.published.checked if app.published else None
        return types.json_schema(checked.inputs, is_sent=True) if checked else {}

    def get_outputs(self, app: App) -> dict[str, Any]:
        checked = app.published.checked if app.published else None
        return types.json_schema(types.Record(fields=dict(checked.outputs))) if checked else {}


class RunInputsSerializer(serializers.Serializer[Any]):
    """`inputs`: by name, as the app's JSON Schema says. `stream`: answer with the run's events."""

    inputs = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=True)
    stream = serializers.BooleanField(default=False)


class _BoundedDecoder(json.JSONDecoder):
    """Of a part of a form, as the parser of a body: Python's own ends in a RecursionError."""

    def decode(self, text: str, *_places: Any) -> Any:
        return parse_json(text.encode())


class RunFormSerializer(serializers.Serializer[Any]):
    """`inputs`: the same as one JSON text. Beside it a part for each file, picture or table, by the name of its input."""

    inputs = serializers.JSONField(default=dict, decoder=_BoundedDecoder)
    stream = serializers.BooleanField(default=False)

    def validate_inputs(self, inputs: Any) -> dict[str, Any]:
        return dict(RunInputsSerializer().run_validation({"inputs": inputs})["inputs"])


class AppRunSerializer(BackedByJobSerializer[AppRun]):
    """Follow `events`: `queued` while it waits, `stage` for each step, `delta` while a text is written, then `done`.
    `outputs` are there then.
    """

    state = serializers.ChoiceField(AppRun.STATES, read_only=True)
    app = serializers.CharField(source="app.name", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    inputs = serializers.JSONField(read_only=True)
    outputs = serializers.JSONField(read_only=True)

    class Meta:
        model = AppRun
        fields = [
            "id",
            "app",
            "version",
            "state",
            "inputs",
            "outputs",
            "error",
            "job",
            "events",
            "created_at",
        ]
        read_only_fields = fields

    def to_representation(self, run: AppRun) -> dict[str, Any]:
        """Of a picture, what was read of it: whoever sent the bytes has them."""
        told = super().to_representation(run)
        return {**told, "inputs": values.without_pictures(told["inputs"])}


class DecisionSerializer(serializers.Serializer[Any]):
    """`values`: the fields that are asked for, as they are to be."""

    approved = serializers.BooleanField()
    values = serializers.DictField(
        child=serializers.JSONField(allow_null=True), allow_empty=True, required=False
    )


class AppImportSerializer(serializers.Serializer[Any]):
    """`text`: of the file. `name`: another one than the file says. `dry_run`: tells what is missing and stores nothing."""

    text = serializers.CharField(max_length=MAX_BYTES, trim_whitespace=False)
    name = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    dry_run = serializers.BooleanField(required=False, default=False)


class ProblemSerializer(serializers.Serializer[ProblemView]):
    line = serializers.IntegerField()
    column = serializers.IntegerField()
    text = serializers.CharField()


class AppImportAnswerSerializer(serializers.Serializer[Any]):
    """`missing`: what the file needs and there is not here. `problems`: of the file itself. `is_new`: no app had its name.

    `app`: with the file as its draft; null of a dry run.
    """

    name = serializers.CharField()
    is_new = serializers.BooleanField()
    missing = serializers.ListField(child=serializers.CharField())
    problems = ProblemSerializer(many=True)
    app = AppSerializer(allow_null=True)


class AppViewSet(RowsViewSet[App]):
    """Apps of your organisation that you may see, with what each takes and gives."""

    row_list = APPS
    serializer_class = AppSerializer
    permissions = {"create": "workbench.edit", "file": "workbench.edit"}

    @extend_schema(
        request=AppImportSerializer,
        responses={201: AppImportAnswerSerializer, 200: AppImportAnswerSerializer},
    )
    def create(self, request: Request) -> Response:
        """Import a file as a draft: of a new app, or of the one that has its name."""
        actor, body = actor_of(request), validated_body(request, AppImportSerializer)
        is_dry_run = body.pop("dry_run")
        check = file_imports.check_import(actor, **body)
        made = None if is_dry_run else file_imports.import_app(actor, **body)
        shown = {
            "name": check.name,
            "is_new": check.own is None,
            "missing": check.missing,
            "problems": check.problems,
            "app": selectors.app_list(actor.organisation).one(pk=made.pk) if made else None,
        }
        code = status.HTTP_200_OK if is_dry_run else status.HTTP_201_CREATED
        return Response(AppImportAnswerSerializer(shown).data, status=code)

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **_ids: Any) -> HttpResponse:
        """The published file, or the draft of an app that was never published."""
        return file_response(actor_of(request), self.get_object())


class AppRunViewSet(RowsViewSet[AppRun]):
    """Your own runs of an app, newest first."""

    row_list = APP_RUNS
    serializer_class = AppRunSerializer
    permissions = "workbench.use"

    def get_queryset(self) -> QuerySet[AppRun]:
        return super().get_queryset().filter(app__name=self.kwargs["app_name"]).defer(None)

    def get_parsers(self) -> list[parsers.BaseParser]:
        return [BoundedJSONParser(), parsers.MultiPartParser()]

    @extend_schema(
        request={"application/json": RunInputsSerializer, "multipart/form-data": RunFormSerializer},
        responses={
            (202, "application/json"): AppRunSerializer,
            (202, "text/event-stream"): OpenApiTypes.STR,
        },
    )
    def create(self, request: Request, app_name: str) -> HttpResponseBase:
        """Run the published version of an app. Files come as parts of a form, each named as its input.

        With `stream`, server-sent events: `run` as it begins, the events of its job (`queued` first, with how many of yours
        come before it), and `run` as it ended, with `outputs`.
        A connection that broke goes on at `events` of the run after `Last-Event-ID`.
        """
        actor = actor_of(request)
        is_form = str(request.content_type).startswith("multipart/")
        body = validated_body(request, RunFormSerializer if is_form else RunInputsSerializer)
        run = services.start_run(
            actor,
            app_name,
            inputs=body["inputs"],
            files=request.FILES.dict(),
            is_awaited=body["stream"] or actor.api_key is None,
        )
        if body["stream"] and run.job:
            return streamed_run(request._request, run, run.job)
        return self.answer(run, status.HTTP_202_ACCEPTED)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # Runs stay those of who made them, also of an app that they may see no more.
        if not self.get_queryset().exists():
            selectors.visible_apps(actor_of(request)).one(name=self.kwargs["app_name"])
        return super().list(request, *args, **kwargs)

    cancel = ApiAct(
        acts.STOP_APP_RUN,
        "Stop a run that is under way. One that a worker does stops within a second, as its events say.",
        code=status.HTTP_202_ACCEPTED,
    )
    destroy = ApiDelete(acts.DELETE_APP_RUN, "Delete a run with what went in and came out.")

    @extend_schema(request=DecisionSerializer, responses=AppRunSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, **_names: Any) -> Response:
        """Decide where a run waits for you, who started it. It goes on with a new job."""
        actor, run = actor_of(request), self.get_object()
        body = validated_body(request, DecisionSerializer)
        step = selectors.waiting_steps(actor).filter(run=run).first()
        if step is None:
            raise Conflict(_("The run does not wait for you."))
        decisions.decide_step(actor, step, is_approved=body["approved"], given=body.get("values"))
        return self.answer(self.get_object())


class PictureSerializer(serializers.Serializer[Any]):
    """`schema`: the key fields to find, as the app's own input."""

    file = serializers.FileField(max_length=200, allow_empty_file=True)
    schema = serializers.CharField(max_length=40, default="none")


class PictureViewSet(viewsets.GenericViewSet[AppRun]):
    """Photos and scans that are read by the app “Read a picture”."""

    queryset = AppRun.objects.none()
    serializer_class = AppRunSerializer
    parser_classes = [parsers.MultiPartParser]
    max_bytes = MAX_FILE_BYTES
    permissions = "workbench.use"

    @extend_schema(request={"multipart/form-data": PictureSerializer}, responses={202: AppRunSerializer})
    def create(self, request: Request) -> Response:
        """Read a picture with the app `read_picture`, which is added where it is missing and you may. Its run is among
        those of the app.
        """
        run = pictures.read_picture(actor_of(request), **validated_body(request, PictureSerializer))
        return Response(self.get_serializer(run).data, status=status.HTTP_202_ACCEPTED)


def streamed_run(request: HttpRequest, run: AppRun, job: Job) -> HttpResponseBase:
    answer = event_hub.sse_response(_run_frames(run, job_frames(request, job, tells_place=True)))
    answer.status_code = status.HTTP_202_ACCEPTED
    # What an idempotency key remembers.
    answer.data = {"id": str(run.pk)}  # type: ignore[attr-defined]
    return answer


async def _run_frames(run: AppRun, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """One that was deleted meanwhile ends with its job."""
    yield _run_frame(run)
    async for frames in events:
        yield frames
    yield await sync_to_async(_ended_run_frame, thread_sensitive=False)(run)


def _ended_run_frame(run: AppRun) -> bytes:
    try:
        ended = AppRun.objects.select_related("app", "version", "job").filter(pk=run.pk).first()
        return _run_frame(ended) if ended else b""
    finally:
        # A thread of the pool, which no end of a request comes by.
        connection.close()


def _run_frame(run: AppRun) -> bytes:
    """Without an id: a client comes again with that of the last event of the job."""
    return b"event: run\ndata: %b\n\n" % JSONRenderer().render(_run_serializer().to_representation(run))


@cache
def _run_serializer() -> AppRunSerializer:
    """To make its fields of the model takes ten times as long as to write a run with them."""
    return AppRunSerializer()
