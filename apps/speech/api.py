from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import MEMBER, actor_of
from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core.api import validated_body
from apps.files import tus
from apps.files.api import ResumableUploadViewSet, header
from apps.speech import captions, dictation, playback, selectors, services
from apps.speech.models import Recording, RecordingQuerySet, SpeechPreferences, SpokenLanguage, Transcript


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    """`offset` of `length` bytes are stored. `progress` is that of the transcription; follow the job's events."""

    state = serializers.ChoiceField(choices=Recording.State.choices, read_only=True)
    stage = serializers.CharField(source="job.stage", read_only=True, default="")
    progress = serializers.FloatField(source="job.progress", read_only=True, default=None)
    error = serializers.SerializerMethodField()

    class Meta:
        model = Recording
        fields = [
            "id",
            "title",
            "file_name",
            "media_type",
            "length",
            "offset",
            "seconds",
            "state",
            "stage",
            "progress",
            "error",
            "job",
            "received_at",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "nullable": True})
    def get_error(self, recording: Recording) -> dict[str, str] | None:
        return recording.error


class WordSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    start = serializers.FloatField()
    end = serializers.FloatField()
    probability = serializers.FloatField()


class SegmentSerializer(serializers.Serializer[Any]):
    """Times are seconds from the beginning."""

    start = serializers.FloatField()
    end = serializers.FloatField()
    text = serializers.CharField()
    words = WordSerializer(many=True)


class TranscriptSerializer(serializers.ModelSerializer[Transcript]):
    """Without speech `has_speech` is false and there are no segments."""

    segments = SegmentSerializer(many=True)
    text = serializers.CharField()

    class Meta:
        model = Transcript
        fields = [
            "recording",
            "language",
            "has_speech",
            "is_incomplete",
            "seconds",
            "text",
            "segments",
            "created_at",
        ]
        read_only_fields = fields


class SpeechPreferencesSerializer(serializers.ModelSerializer[SpeechPreferences]):
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=SpokenLanguage.choices), allow_empty=False
    )

    class Meta:
        model = SpeechPreferences
        fields = ["languages", "terms"]
        extra_kwargs = {"terms": {"max_length": SpeechPreferences._meta.get_field("terms").max_length}}


class TranscriptRenderer(BaseRenderer):
    """A refusal is JSON in any case."""

    charset = "utf-8"
    write: Callable[[Any], str]

    def render(self, content: Any, media_type: str | None = None, context: Any = None) -> bytes:
        if context["response"].exception:
            context["response"].headers["Content-Type"] = JSONRenderer.media_type
            return bytes(JSONRenderer().render(content))
        return type(self).write(content).encode()


class CaptionsRenderer(TranscriptRenderer):
    media_type = "text/vtt"
    format = "vtt"
    write = staticmethod(captions.web_vtt)


class TextRenderer(TranscriptRenderer):
    media_type = "text/plain"
    format = "txt"
    write = staticmethod(captions.plain_text)


class RecordingViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, ResumableUploadViewSet[Recording]):
    """Speech and its transcripts, newest first. Uploads follow tus 1.0 and go on where they stopped."""

    queryset = Recording.objects.none()
    serializer_class = RecordingSerializer
    lookup_url_kwarg = "recording_id"
    detail_route = "api:recording-detail"
    max_bytes = settings.RECORDING_MAX_BYTES
    permissions = {
        "metadata": MEMBER,
        "list": "recordings.view",
        "retrieve": "recordings.view",
        "transcript": "recordings.view",
        "audio": "recordings.view",
        "create": "recordings.edit",
        "partial_update": "recordings.edit",
        "destroy": "recordings.edit",
    }

    def get_queryset(self) -> RecordingQuerySet:
        actor = actor_of(self.request)
        if self.action in ("retrieve", "partial_update"):
            return selectors.sent_recordings(actor)
        if self.action == "destroy":
            return selectors.sent_recordings(actor).exclude(is_restricted=True, received_at__isnull=False)
        return selectors.recording_list(actor.organisation)

    def begin(self, actor: Actor, *, metadata: dict[str, str], length: int | None) -> Recording:
        name, title = metadata.get("filename", ""), metadata.get("title", "")
        return services.begin_upload(actor, file_name=name, title=title, length=length)

    def append(self, actor: Actor, upload: Recording, **part: Any) -> Recording:
        return services.append_part(actor, upload, **part)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a recording with its sound and transcript, or give up an upload."""
        services.delete_recording(self.get_object(), deleted_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"Tus-Resumable": tus.VERSION})

    @extend_schema(responses={(200, "application/json"): TranscriptSerializer, (200, "text/vtt"): str})
    @action(detail=True, renderer_classes=[JSONRenderer, CaptionsRenderer, TextRenderer])
    def transcript(self, request: Request, recording_id: UUID) -> Response:
        """What was said, with times for every word. Also as `text/vtt` and `text/plain`, by Accept or `format`."""
        recording = self.get_object()
        content = TranscriptSerializer(selectors.transcript_of(recording)).data
        if (file_type := request.accepted_renderer.format) != JSONRenderer.format:
            FileExport(actor_of(request), "recording.transcript_exported", recording).note(file_type)
        return Response(content)

    @extend_schema(
        responses={(200, "audio/*"): OpenApiTypes.BINARY, (206, "audio/*"): OpenApiTypes.BINARY},
        parameters=[header("Range", description="bytes=<first>-<last>")],
    )
    @action(detail=True)
    def audio(self, request: Request, recording_id: UUID) -> HttpResponseBase:
        """The sound, whole or one range of its bytes."""
        recording = self.get_object()
        return playback.sound_response(recording, range_header=request.headers.get("Range"))


class DictationSerializer(serializers.Serializer[Any]):
    file = serializers.FileField()


class DictationAnswerSerializer(serializers.Serializer[Any]):
    """Follow `events`: `delta` has the words, then comes `done`."""

    job = serializers.UUIDField()
    events = serializers.CharField()


class DictationView(APIView):
    permissions = {"POST": "jobs.view"}
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": DictationSerializer}, responses={202: DictationAnswerSerializer}
    )
    def post(self, request: Request) -> Response:
        """Write down what somebody says in a short sound. Neither the sound nor the words are stored."""
        file = validated_body(request, DictationSerializer)["file"]
        job = dictation.begin_dictation(actor_of(request), file.read(dictation.MAX_BYTES + 1))
        told = {"job": job.pk, "events": reverse("api:job-events", args=[job.pk])}
        return Response(told, status=status.HTTP_202_ACCEPTED)


class SpeechPreferencesView(APIView):
    permissions = {"GET": "recordings.view", "PUT": "organisation.manage"}

    @extend_schema(responses=SpeechPreferencesSerializer)
    def get(self, request: Request) -> Response:
        """The languages that are listened for, and the terms that are spelled as you write them."""
        preferences = selectors.speech_preferences(actor_of(request).organisation)
        return Response(SpeechPreferencesSerializer(preferences).data)

    @extend_schema(request=SpeechPreferencesSerializer, responses=SpeechPreferencesSerializer)
    def put(self, request: Request) -> Response:
        """Applies from the next transcription on."""
        serializer = SpeechPreferencesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = {"terms": "", **serializer.validated_data}
        preferences = services.change_preferences(actor_of(request), **values)
        return Response(SpeechPreferencesSerializer(preferences).data)
