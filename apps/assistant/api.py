"""The REST API of one's own chats: create, read, ask, share, delete. An answer is followed by its job's events."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.assistant import acts, selectors, services
from apps.assistant.models import Chat, ChatMessage
from apps.assistant.services import NewQuestion
from apps.core.api import validated_body
from apps.jobs.api import BackedByJobSerializer
from apps.resources.api import RowsViewSet


class ChatSerializer(serializers.ModelSerializer[Chat]):
    """`title`: made from the first question. `collections`: ids of what is searched for its answers."""

    class Meta:
        model = Chat
        fields = ["id", "title", "collections", "shared_at", "created_at", "changed_at"]
        read_only_fields = fields


class ChatMessageSerializer(BackedByJobSerializer[ChatMessage]):
    """`sentences`: by place in `text`, with their `origin`: `document` (with the number of a citation), `own` for the
    model's own words, `differs` where the cited document says something else, `tool` for what a tool gave. `calls`: what
    the model chose to call, each with its `state`; one that is `asked` waits for `confirm-call` or `decline-call`. Follow
    `events`; `text` is there with `done`.
    """

    parent = serializers.UUIDField(  # type: ignore[assignment]
        source="parent_id", read_only=True, allow_null=True
    )
    text = serializers.CharField(source="full_text", read_only=True)
    sentences = serializers.JSONField(read_only=True)
    citations = serializers.JSONField(read_only=True)
    calls = serializers.SerializerMethodField()

    class Meta:
        model = ChatMessage
        fields = [
            "id",
            "parent",
            "author",
            "text",
            "sentences",
            "citations",
            "calls",
            "source",
            "is_reliable",
            "model",
            "state",
            "error",
            "job",
            "events",
            "created_at",
        ]
        read_only_fields = fields

    def get_calls(self, message: ChatMessage) -> list[dict[str, Any]]:
        shown = ("tool", "label", "values", "state", "text")
        return [{name: call[name] for name in shown} for call in message.calls or ()]


class QuestionSerializer(serializers.Serializer[Any]):
    """`parent`: the answer that it follows; without one it begins another branch. `tool`: a program instead of the model."""

    text = serializers.CharField(max_length=settings.MESSAGE_MAX_CHARACTERS, trim_whitespace=False)
    parent = serializers.UUIDField(  # type: ignore[assignment]
        required=False, allow_null=True, default=None
    )
    tool = serializers.CharField(required=False, max_length=100, default="", allow_blank=True)


class NewChatSerializer(QuestionSerializer):
    parent = None  # type: ignore[assignment]
    collections = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=100
    )


class ChatViewSet(RowsViewSet[Chat]):
    """Your own chats with the assistant, the latest first."""

    serializer_class = ChatSerializer
    permissions = "assistant.use"

    def get_queryset(self) -> QuerySet[Chat]:
        return selectors.chat_list(actor_of(self.request))

    @extend_schema(request=NewChatSerializer, responses={201: ChatSerializer})
    def create(self, request: Request) -> Response:
        """Start a chat with its first question; its answer is the second of its messages."""
        body = validated_body(request, NewChatSerializer)
        return self.answer(
            services.start_chat(actor_of(request), NewQuestion(**body)), status.HTTP_201_CREATED
        )

    destroy = ApiDelete(acts.DELETE_CHAT, "Delete a chat with its messages and files.")

    share = ApiAct(acts.SHARE_CHAT, "Let every member of the organisation read it.")
    revoke_share = ApiAct(acts.REVOKE_SHARE, "Nobody else reads it any more.", url_path="revoke-share")


class ChatMessageViewSet(RowsViewSet[ChatMessage]):
    """The messages of a chat of yours, newest first, all branches together: `parent` says which follows which."""

    serializer_class = ChatMessageSerializer
    permissions = "assistant.use"

    def get_queryset(self) -> QuerySet[ChatMessage]:
        return selectors.message_list(self._chat())

    @extend_schema(request=QuestionSerializer, responses={202: ChatMessageSerializer})
    def create(self, request: Request, chat_id: str) -> Response:
        """Ask a question. What comes back is the answer to be, whose `events` you follow."""
        chat = self._chat()
        body = validated_body(request, QuestionSerializer)
        message = services.send_message(actor_of(request), chat, NewQuestion(**body))
        return self.answer(message, status.HTTP_202_ACCEPTED)

    confirm_call = ApiAct(
        acts.CONFIRM_CALL, "Let the tool that waits be called with its values.", url_path="confirm-call"
    )
    decline_call = ApiAct(acts.DECLINE_CALL, "Keep it from being called.", url_path="decline-call")

    def _chat(self) -> Chat:
        return selectors.own_chat(actor_of(self.request), self.kwargs["chat_id"])
