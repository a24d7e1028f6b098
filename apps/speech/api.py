from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import MEMBER, actor_of
from apps.speech import captions, playback, selectors, services, tus
from apps.speech.models import Recording, RecordingQuerySet, SpeechPreferences, SpokenLanguage, Transcript


def header(name: str, kind: Any = str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, **options)


TUS = header("Tus-Resumable", required=True, description="1.0.0")


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


class RecordingViewSet(
    mixins.ListModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Recording],
):
    """Speech and its transcripts, newest first. Uploads follow tus 1.0 and go on where they stopped."""

    queryset = Recording.objects.none()
    serializer_class = RecordingSerializer
    lookup_url_kwarg = "recording_id"
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

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """What of tus is spoken here."""
        return Response(status=status.HTTP_204_NO_CONTENT, headers=tus.capabilities())

    @extend_schema(
        request=None,
        responses={201: RecordingSerializer},
        parameters=[
            TUS,
            header("Upload-Length", int, description="Bytes of the whole recording."),
            header("Upload-Defer-Length", description="1: the length is said with the last part."),
            header("Upload-Metadata", description="`filename` and `title`, values in base64."),
        ],
    )
    def create(self, request: Request) -> Response:
        """Begin an upload. `Location` is where the parts go."""
        tus.require_version(request.headers)
        names = tus.upload_metadata(request.headers)
        recording = services.begin_upload(
            actor_of(request),
            file_name=names.get("filename", ""),
            title=names.get("title", ""),
            length=tus.announced_length(request.headers),
        )
        headers = tus.progress_of(recording) | {
            "Location": reverse("api:recording-detail", args=[recording.pk])
        }
        return Response(self.get_serializer(recording).data, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(responses=RecordingSerializer)
    def retrieve(self, request: Request, recording_id: UUID) -> Response:
        """A recording. HEAD answers with its `Upload-Offset` alone, for clients that go on with an upload."""
        recording = self.get_object()
        return Response(self.get_serializer(recording).data, headers=tus.progress_of(recording))

    @extend_schema(
        request={tus.PART_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
        parameters=[
            TUS,
            header("Upload-Offset", int, required=True, description="Where the part begins: what is stored."),
            header("Upload-Length", int, description="The whole length, when it was deferred."),
            header("Upload-Checksum", description="`sha1` or `sha256`, a space, the digest in base64."),
        ],
    )
    def partial_update(self, request: Request, recording_id: UUID) -> Response:
        """Append a part. The transcription begins after the last one. 409 when it begins elsewhere than stored."""
        recording = self.get_object()
        tus.require_version(request.headers)
        tus.require_part(request.content_type)
        updated_recording = services.append_part(
            actor_of(request),
            recording,
            offset=tus.offset_of(request.headers),
            content=request._request,
            length=tus.length_of(request.headers),
            checksum=tus.checksum_of(request.headers),
        )
        return Response(status=status.HTTP_204_NO_CONTENT, headers=tus.progress_of(updated_recording))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a recording with its sound and transcript, or give up an upload."""
        services.delete_recording(self.get_object(), deleted_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT, headers={"Tus-Resumable": tus.VERSION})

    @extend_schema(responses={(200, "application/json"): TranscriptSerializer, (200, "text/vtt"): str})
    @action(detail=True, renderer_classes=[JSONRenderer, CaptionsRenderer, TextRenderer])
    def transcript(self, request: Request, recording_id: UUID) -> Response:
        """What was said, with times for every word. Also as `text/vtt` and `text/plain`, by Accept or `format`."""
        return Response(TranscriptSerializer(selectors.transcript_of(self.get_object())).data)

    @extend_schema(
        responses={(200, "audio/*"): OpenApiTypes.BINARY, (206, "audio/*"): OpenApiTypes.BINARY},
        parameters=[header("Range", description="bytes=<first>-<last>")],
    )
    @action(detail=True)
    def audio(self, request: Request, recording_id: UUID) -> HttpResponseBase:
        """The sound, whole or one range of its bytes."""
        recording = self.get_object()
        return playback.sound_response(recording, range_header=request.headers.get("Range"))


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
