from typing import Any
from uuid import UUID

from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core import languages
from apps.core.api import validated_body
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.serializers import AnswerJobSerializer
from apps.customer_service.copilot import services
from apps.customer_service.copilot.services import Task, Wish
from apps.jobs.models import Job


class WishSerializer(serializers.Serializer[dict[str, Any]]):
    task = serializers.ChoiceField(Task.choices)
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        help_text="What staff have written: to be reworded, or what a draft should say.",
    )
    language = serializers.ChoiceField(
        languages.CHOICES, required=False, help_text="Of the result. Left out: the one that suits the task."
    )
    turn = serializers.UUIDField(required=False, help_text="A message to translate instead of `text`.")


class CopilotViewSet(viewsets.GenericViewSet[Job]):
    """Help with writing. What comes is the result of a job; nothing is sent to the visitor."""

    queryset = Job.objects.none()
    serializer_class = AnswerJobSerializer
    permissions = {"create": "conversations.reply"}

    @extend_schema(request=WishSerializer, responses={202: AnswerJobSerializer})
    def create(self, request: Request, conversation_id: UUID) -> Response:
        """Follow `events`: `delta` while it is written, then `done` with the text, its sources and warnings."""
        actor = actor_of(request)
        selectors.conversation(actor.organisation, conversation_id)
        fields = validated_body(request, WishSerializer)
        wish = Wish(fields["task"], fields["text"], fields.get("language", ""), fields.get("turn"))
        job = services.ask_copilot(
            actor,
            conversation_id=conversation_id,
            wish=wish,
            reader_language=translation.get_language(),
        )
        return Response(AnswerJobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
