"""Tags, notes and canned replies."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.accounts.authentication import api_stream
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.inbox import acts, notes, tags
from apps.customer_service.inbox.models import CannedReply, Note, Tag
from apps.customer_service.inbox.resources import CANNED_REPLIES, TAGS
from apps.resources.api import ResourceViewSet


class TagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ["id", "name"]
        read_only_fields = fields


class NewTagSerializer(serializers.ModelSerializer[Tag]):
    class Meta:
        model = Tag
        fields = ["name"]


class MergeTagSerializer(serializers.Serializer[dict[str, Any]]):
    into = serializers.UUIDField(help_text="The tag that stays.")


class NoteSerializer(serializers.ModelSerializer[Note]):
    """Visitors never see it."""

    member_name = serializers.SerializerMethodField()

    class Meta:
        model = Note
        fields = ["id", "text", "after", "member", "member_name", "created_at"]
        read_only_fields = fields

    def get_member_name(self, note: Note) -> str | None:
        return str(note.member.user) if note.member else None


class NewNoteSerializer(serializers.Serializer[dict[str, Any]]):
    text = serializers.CharField(max_length=notes.MAX_CHARACTERS)


class CannedReplySerializer(serializers.ModelSerializer[CannedReply]):
    class Meta:
        model = CannedReply
        fields = ["id", "shortcut", "text", "language"]
        read_only_fields = fields


class NewCannedReplySerializer(serializers.ModelSerializer[CannedReply]):
    class Meta:
        model = CannedReply
        fields = ["shortcut", "text", "language"]
        extra_kwargs = {
            "text": {"help_text": "{visitor_name} and {agent_name} become names when it is used."}
        }


OF_A_CONVERSATION = rf"conversations/(?P<conversation_id>{UUID_PATTERN})"


@extend_schema_view(destroy=extend_schema(description="Its conversations stay."))
class TagViewSet(ResourceViewSet[Tag]):
    """The shop's own words on conversations."""

    resource = TAGS
    serializer_class = TagSerializer
    input_serializer_class = NewTagSerializer
    lookup_value_regex = UUID_PATTERN
    permissions = {"create": "conversations.reply"}

    def create(self, request: Request) -> Response:
        """The one that there is already, if it has the same name."""
        tag = tags.make_tag(actor_of(request), **self.sent_values())
        return Response(TagSerializer(tag).data, status=status.HTTP_201_CREATED)

    merge = ApiAct(
        acts.MERGE_TAG,
        "Its conversations get the other tag, and this tag is deleted.",
        body=MergeTagSerializer,
    )


class CannedReplyViewSet(ResourceViewSet[CannedReply]):
    """Texts that staff send often, found by their shortcut."""

    resource = CANNED_REPLIES
    serializer_class = CannedReplySerializer
    input_serializer_class = NewCannedReplySerializer
    lookup_value_regex = UUID_PATTERN


class NoteViewSet(viewsets.GenericViewSet[Note]):
    """What staff wrote to each other about a conversation."""

    queryset = Note.objects.none()
    serializer_class = NoteSerializer
    lookup_url_kwarg = "note_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "create": "conversations.reply",
        "destroy": "conversations.reply",
    }

    @extend_schema(responses=NoteSerializer(many=True))
    def list(self, request: Request, conversation_id: str) -> Response:
        conversation = selectors.conversation(actor_of(request).organisation, UUID(conversation_id))
        notes = Note.objects.filter(conversation=conversation).select_related("member__user")
        page = self.paginate_queryset(notes.order_by("-id"))
        return self.get_paginated_response(NoteSerializer(page or [], many=True).data)

    @extend_schema(request=NewNoteSerializer, responses={201: NoteSerializer})
    def create(self, request: Request, conversation_id: str) -> Response:
        conversation = selectors.conversation(actor_of(request).organisation, UUID(conversation_id))
        text = validated_body(request, NewNoteSerializer)["text"]
        note = notes.add_note(actor_of(request), conversation_id=conversation.pk, text=text)
        return Response(NoteSerializer(note).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, conversation_id: str, note_id: str) -> Response:
        notes.delete_note(actor_of(request), conversation_id=UUID(conversation_id), note_id=UUID(note_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConversationTagViewSet(viewsets.GenericViewSet[Tag]):
    """The tags of a conversation."""

    queryset = Tag.objects.none()
    serializer_class = TagSerializer
    pagination_class = None
    lookup_url_kwarg = "tag_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "create": "conversations.reply",
        "destroy": "conversations.reply",
    }

    @extend_schema(responses=TagSerializer(many=True))
    def list(self, request: Request, conversation_id: str) -> Response:
        conversation = selectors.conversation(actor_of(request).organisation, UUID(conversation_id))
        return Response(TagSerializer(conversation.tags.order_by("name"), many=True).data)

    @extend_schema(request=NewTagSerializer, responses={201: TagSerializer})
    def create(self, request: Request, conversation_id: str) -> Response:
        """Makes the tag if there is none of this name."""
        conversation = selectors.conversation(actor_of(request).organisation, UUID(conversation_id))
        name = validated_body(request, NewTagSerializer)["name"]
        tag = tags.add_tag(actor_of(request), conversation_id=conversation.pk, name=name)
        return Response(TagSerializer(tag).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, conversation_id: str, tag_id: str) -> Response:
        tags.remove_tag(actor_of(request), conversation_id=UUID(conversation_id), tag_id=UUID(tag_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


@api_stream("conversations.view")
def conversations_live(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Server-sent events `moved` and `presence`, each about one conversation; resumes after `Last-Event-ID`.

    `gap` when some could not be told.
    """
    return activity.FEED.response(request, actor.organisation.pk)
