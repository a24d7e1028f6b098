from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete, own_row
from apps.core.api import validated_body
from apps.core.forms import validated_fields
from apps.core.numbers import whole_number
from apps.core.range_response import ranged_response
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.briefs import selectors as briefs
from apps.marketing.copywriting.api import ViolationSerializer
from apps.marketing.copywriting.checks import stored
from apps.marketing.video_scripts import acts, exports, selectors, services, voice_over
from apps.marketing.video_scripts.forms import VideoScriptForm, VoiceForm
from apps.marketing.video_scripts.models import MAX_VOICE_CHARACTERS, VideoScript
from apps.marketing.video_scripts.platforms import MAX_SCRIPT_SECONDS, MIN_SCRIPT_SECONDS, platforms
from apps.marketing.video_scripts.schemas import MAX_PART_CHARACTERS, MAX_SHOTS
from apps.marketing.video_scripts.shots import AUDIENCE_PARTS, Shot
from apps.resources.api import ApiRead, RowsViewSet


class VideoPlatformSerializer(serializers.Serializer[Any]):
    """`source`: who publishes the limits. `max_script_seconds`: of a script that is written here."""

    key = serializers.CharField()
    name = serializers.CharField()
    min_seconds = serializers.IntegerField()
    max_seconds = serializers.IntegerField()
    max_script_seconds = serializers.IntegerField()
    aspect_ratio = serializers.CharField()
    max_caption = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]


class ShotSerializer(serializers.Serializer[Any]):
    seconds = serializers.IntegerField(min_value=1, max_value=MAX_SCRIPT_SECONDS)
    picture = serializers.CharField(max_length=MAX_PART_CHARACTERS, allow_blank=True, default="")
    voice_over = serializers.CharField(max_length=MAX_PART_CHARACTERS, allow_blank=True, default="")
    on_screen = serializers.CharField(max_length=MAX_PART_CHARACTERS, allow_blank=True, default="")


class HookSerializer(ShotSerializer):
    """An opening to choose from; one with an error among its `violations` is refused."""

    angle = serializers.CharField()
    violations = ViolationSerializer(many=True)


class VideoScriptSerializer(BackedByJobSerializer[VideoScript]):
    """The field of a violation is “2.voice_over”, the number of a shot and its part, or "" for the script as a whole.

    Follow `events` while it is written: `hook` begins an opening, `delta` writes it, `shot` is a shot that is done.
    """

    hooks = HookSerializer(many=True, read_only=True)
    shots = ShotSerializer(many=True, read_only=True)
    violations = ViolationSerializer(many=True, read_only=True)

    class Meta:
        model = VideoScript
        fields = ["id", "brief", "platform", "seconds", "hooks", "shots", "music", "violations", "status"]
        fields += ["version", "model", "prompt", "state", "job", "events", "created_at"]
        read_only_fields = fields


class NewScriptSerializer(serializers.Serializer[Any]):
    brief = serializers.UUIDField()
    platform = serializers.CharField(max_length=40)
    seconds = serializers.IntegerField(min_value=MIN_SCRIPT_SECONDS, max_value=MAX_SCRIPT_SECONDS, default=30)
    hooks = serializers.IntegerField(min_value=1, max_value=services.MAX_HOOKS, default=3)


class ScriptCheckSerializer(serializers.Serializer[Any]):
    shots = serializers.ListField(child=ShotSerializer(), min_length=1, max_length=MAX_SHOTS)
    music = serializers.CharField(max_length=200, allow_blank=True, default="")


class ScriptChangeSerializer(ScriptCheckSerializer):
    """Without `music` it stays."""

    music = serializers.CharField(max_length=200, allow_blank=True, required=False)
    version = serializers.IntegerField(min_value=1)


class HookChoiceSerializer(serializers.Serializer[Any]):
    """`hook`: its place in `hooks`, from 0."""

    hook = serializers.IntegerField(min_value=0)
    version = serializers.IntegerField(min_value=1)


class VoiceSerializer(serializers.Serializer[Any]):
    """`voice`: as the server of the voice calls it."""

    voice = serializers.CharField(max_length=MAX_VOICE_CHARACTERS)


class ShotVoiceSerializer(serializers.Serializer[Any]):
    """`sound_seconds` is null where the shot was not read since it changed; `excess_seconds`: what does not fit it."""

    number = serializers.IntegerField()
    seconds = serializers.IntegerField(source="shot.seconds")
    sound_seconds = serializers.FloatField(source="seconds", allow_null=True)
    excess_seconds = serializers.FloatField()


class VoiceOverSerializer(serializers.Serializer[Any]):
    """Follow the `job` while it reads."""

    voice = serializers.CharField()
    is_complete = serializers.BooleanField()
    seconds = serializers.FloatField()
    shots = ShotVoiceSerializer(many=True, source="rows")
    job = serializers.UUIDField(source="job_id", allow_null=True)


class VideoScriptViewSet(RowsViewSet[VideoScript]):
    """Scripts of short videos, newest first; what was dropped has its reasons in `violations`."""

    rows = selectors.script_list
    serializer_class = VideoScriptSerializer
    filterset_fields = ["brief", "platform", "status"]
    permissions = "marketing.use"

    @extend_schema(request=NewScriptSerializer, responses={202: VideoScriptSerializer})
    def create(self, request: Request) -> Response:
        """Have a script written. A brief that contradicts itself is refused."""
        actor, body = actor_of(request), validated_body(request, NewScriptSerializer)
        brief = own_row(request, briefs.brief_list, body.pop("brief"))
        made = services.request_script(actor, brief, **validated_fields(VideoScriptForm(body)))
        return self.answer(made, status.HTTP_202_ACCEPTED)

    @extend_schema(request=ScriptChangeSerializer, responses=VideoScriptSerializer)
    def partial_update(self, request: Request, video_script_id: UUID) -> Response:
        """Change it: `shots` takes the place of all shots. What is wrong is stored with it."""
        script, body = self.get_object(), validated_body(request, ScriptChangeSerializer)
        shots = [Shot(**each) for each in body.pop("shots")]
        body = {"music": script.music, **body}
        changed = services.change_script(actor_of(request), script, shots=shots, **body)
        return self.answer(changed)

    destroy = ApiDelete(acts.DELETE_VIDEO_SCRIPT)

    choose_hook = ApiAct(
        acts.CHOOSE_VIDEO_HOOK,
        "Swap the first shot for another opening; the times of the others are fitted.",
        body=HookChoiceSerializer,
    )

    @extend_schema(request=VoiceSerializer, responses={202: VoiceOverSerializer})
    @action(detail=True, methods=["post"], filterset_fields=[], url_path="read-aloud")
    def read_aloud(self, request: Request, video_script_id: UUID) -> Response:
        """Have its voice-over read; shots whose words and voice stayed are not read again."""
        script, form = self.get_object(), VoiceForm(validated_body(request, VoiceSerializer))
        script = voice_over.request_reading(actor_of(request), script, **validated_fields(form))
        return Response(
            VoiceOverSerializer(voice_over.voice_over(script)).data, status=status.HTTP_202_ACCEPTED
        )

    spoken = ApiRead(
        voice_over.voice_over,
        VoiceOverSerializer(),
        "Which shots were read aloud, and how long each takes.",
        url_path="voice-over",
        url_name="voice-over",
    )

    @extend_schema(request=ScriptCheckSerializer, responses=ViolationSerializer(many=True))
    @action(detail=True, methods=["post"], filterset_fields=[], pagination_class=None)
    def check(self, request: Request, video_script_id: UUID) -> Response:
        """What is wrong with shots, by time, platform, brief and law. No model, nothing stored."""
        script, body = self.get_object(), validated_body(request, ScriptCheckSerializer)
        found = services.check_script(script, [Shot(**each) for each in body["shots"]], body["music"])
        return Response(ViolationSerializer(stored(found), many=True).data)


class VideoPlatformsView(APIView):
    permissions = "marketing.use"

    @extend_schema(operation_id="marketing_video_platforms", responses=VideoPlatformSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Where short videos are published, and what each place allows."""
        return Response(VideoPlatformSerializer(list(platforms().values()), many=True).data)


class VideoScriptExportView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_video_script_export",
        parameters=[OpenApiParameter("text", str, enum=AUDIENCE_PARTS)],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, video_script_id: UUID, file_type: str) -> Any:
        """As csv, xlsx, md or srt; `text` chooses what subtitles show, voice_over or on_screen."""
        script = own_row(request, selectors.script_list, video_script_id)
        text = request.query_params.get("text", "voice_over")
        return exports.export_script(actor_of(request), script, file_type=file_type, text=text)


class VideoScriptSoundView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_video_script_sound",
        parameters=[OpenApiParameter("shot", int, description="its number; left out, all shots in order")],
        responses={(200, "audio/wav"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, video_script_id: UUID) -> Any:
        """The voice-over as WAV. 404 until all of it, or the shot, was read aloud."""
        script = own_row(request, selectors.script_list, video_script_id)
        number = whole_number(request.query_params.get("shot", ""))
        sound = voice_over.whole_sound(script) if number is None else voice_over.shot_sound(script, number)
        answer = ranged_response(sound, range_header=request.headers.get("Range"), name="voice-over.wav")
        answer["Content-Type"] = "audio/wav"
        return answer
