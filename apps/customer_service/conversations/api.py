from typing import Any
from uuid import UUID, uuid4

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import NOTHING, ApiAct
from apps.core import languages
from apps.core.api import UUID_PATTERN, Pages, validated_body
from apps.customer_service.channels import acts as channel_acts
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import acts, selectors, services
from apps.customer_service.conversations.completion_chunks import completion_response
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.conversations.serializers import (
    AnswerJobSerializer,
    ChannelErasureSerializer,
    ChannelSerializer,
    ConversationSerializer,
    MessageSerializer,
    NewConversationSerializer,
    NewMessageSerializer,
    ReceivedSerializer,
    ReplySerializer,
    StaffMessageSerializer,
    TakeOverSerializer,
    received_body,
)
from apps.customer_service.conversations.services import ReceivedMessage, Visitor
from apps.customer_service.inbox import selectors as inbox
from apps.customer_service.privacy import acts as privacy_acts
from apps.customer_service.privacy import services as privacy
from apps.resources.api import ApiRead

IDEMPOTENCY_KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)


class ChannelViewSet(viewsets.ModelViewSet[Channel]):
    """Places where visitors write. A deleted one is archived: its conversations stay, and it can be restored."""

    queryset = Channel.objects.none()
    serializer_class = ChannelSerializer
    lookup_url_kwarg = "channel_id"
    lookup_value_regex = UUID_PATTERN
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "create": "conversations.manage",
        "partial_update": "conversations.manage",
        "destroy": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[Channel]:
        rows = selectors.channel_list(actor_of(self.request).organisation)
        if self.action == "list":
            return rows.filter(archived_at__isnull=self.request.query_params.get("archived") != "true")
        return rows.filter(archived_at=None) if self.action == "partial_update" else rows

    def get_serializer_context(self) -> dict[str, Any]:
        is_schema = getattr(self, "swagger_fake_view", False)
        return {
            **super().get_serializer_context(),
            "actor": None if is_schema else actor_of(self.request),
        }

    @extend_schema(
        parameters=[
            OpenApiParameter("archived", bool, description="True: the archived ones, else the others.")
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @transaction.atomic
    def perform_create(self, serializer: Any) -> None:
        actor = actor_of(self.request)
        channel = serializer.save(organisation=actor.organisation)
        channels.note_saved(actor, channel, fields=list(serializer.validated_data))

    @transaction.atomic
    def perform_update(self, serializer: Any) -> None:
        channels.note_saved(actor_of(self.request), serializer.save(), fields=list(serializer.validated_data))

    def perform_destroy(self, instance: Channel) -> None:
        channels.archive_channel(actor_of(self.request), instance)

    restore = ApiAct(channel_acts.RESTORE_CHANNEL, "Open an archived channel again, at its old address.")

    erase = ApiAct(
        channel_acts.ERASE_CHANNEL,
        "Erase an archived channel with all that was said in it. Wrong counts are answered with the right ones.",
        body=ChannelErasureSerializer,
        code=202,
        answer=NOTHING,
    )


class ConversationFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=Conversation.State.choices)
    channel = django_filters.UUIDFilter(field_name="channel_id")
    visitor_id = django_filters.CharFilter()
    is_with_bot = django_filters.BooleanFilter(field_name="handled_by", lookup_expr="isnull")
    answered_by = django_filters.MultipleChoiceFilter(choices=Conversation.AnsweredBy.choices)
    assigned_to = django_filters.UUIDFilter(field_name="assigned_to_id")
    is_assigned = django_filters.BooleanFilter(field_name="assigned_to", lookup_expr="isnull", exclude=True)
    language = django_filters.ChoiceFilter(choices=languages.CHOICES)
    tag = django_filters.CharFilter(field_name="tags__name", help_text="The name of a tag.")
    intent = django_filters.CharFilter(method="narrowed", help_text="Of any of its messages.")
    sentiment = django_filters.ChoiceFilter(
        choices=[(name, name) for name in inbox.SENTIMENTS],
        method="narrowed",
        help_text="How it goes so far.",
    )
    search = django_filters.CharFilter(
        method="narrowed", help_text="In names, e-mail, tags, and what was said in those that moved last."
    )
    active_after = django_filters.IsoDateTimeFilter(field_name="last_activity_at", lookup_expr="gte")

    def narrowed(
        self, conversations: QuerySet[Conversation], name: str, value: str
    ) -> QuerySet[Conversation]:
        return conversations.filter(inbox.condition(actor_of(self.request).organisation, name, value[:100]))


class MessagePages(Pages):
    ordering = "ordinal"


class ConversationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Conversation]
):
    """Conversations with visitors, the newest first."""

    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    lookup_url_kwarg = "conversation_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "turns": "conversations.view",
        "create": "conversations.reply",
        "messages": "conversations.reply",
        "visitor_report": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[Conversation]:
        organisation = actor_of(self.request).organisation
        return Conversation.objects.within(organisation).select_related("answer_job").prefetch_related("tags")

    @extend_schema(
        request=NewConversationSerializer, responses={202: ReceivedSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> HttpResponseBase:
        """A conversation, with the visitor's first message when there is one; a job answers it."""
        fields, actor = validated_body(request, NewConversationSerializer), actor_of(request)
        channel = Channel.objects.within(actor.organisation).one(pk=fields["channel"])
        message = services.start_conversation(
            actor,
            channel=channel,
            visitor=Visitor(fields.get("visitor_id") or uuid4().hex, fields.get("visitor_name", "")),
            message=fields.get("message"),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return received_response(request, message, is_streamed=fields["stream"])

    @extend_schema(
        request=NewMessageSerializer, responses={202: ReceivedSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, conversation_id: str) -> HttpResponseBase:
        """What the visitor wrote next. An answer still being written stops; one answer covers both."""
        body = validated_body(request, NewMessageSerializer)
        message = services.receive_message(
            actor_of(request),
            conversation_id=UUID(conversation_id),
            text=body["text"],
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return received_response(request, message, is_streamed=body["stream"])

    turns = ApiRead(selectors.messages, StaffMessageSerializer(many=True), pagination_class=MessagePages)

    replies = ApiAct(
        acts.REPLY,
        "A member of staff writes, and with that takes the conversation over from the bot.",
        body=ReplySerializer,
        answer=MessageSerializer,
        code=201,
    )

    take_over = ApiAct(
        acts.TAKE_OVER,
        "A member of staff answers from now on. 409 `already_taken` names the colleague who has it.",
        body=TakeOverSerializer,
        url_path="take-over",
    )
    hand_back = ApiAct(
        acts.HAND_BACK,
        "The bot answers again, beginning with a message that nobody answered.",
        url_path="hand-back",
    )
    resolve = ApiAct(acts.RESOLVE)
    reopen = ApiAct(acts.REOPEN)
    erase_visitor = ApiAct(
        privacy_acts.ERASE_VISITOR,
        "All conversations, files and mails of whoever wrote in this one, for good.",
        code=204,
        url_path="erase-visitor",
    )

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="visitor-report", filterset_class=None)
    def visitor_report(self, request: Request, conversation_id: str) -> Response:
        """Everything that is held about whoever wrote in this conversation, to hand to them."""
        return Response(privacy.visitor_report(actor_of(request), conversation_id=UUID(conversation_id)))

    cancel = ApiAct(
        acts.CANCEL_ANSWER, "Stop the answer that is being written.", answer=AnswerJobSerializer, code=202
    )
    retry = ApiAct(
        acts.RETRY_ANSWER,
        "Answer the latest message again after its answer failed or was stopped.",
        answer=AnswerJobSerializer,
        code=202,
    )


def received_response(request: Request, message: ReceivedMessage, *, is_streamed: bool) -> HttpResponseBase:
    if is_streamed and message.job:
        return completion_response(request._request, message.job)
    return Response(received_body(message), status=status.HTTP_202_ACCEPTED)
