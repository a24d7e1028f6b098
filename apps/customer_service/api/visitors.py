"""What the visitors' page talks to. A signed token opens the visitor's own conversation and nothing else."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.actors import Actor
from apps.core.api import ActorThrottle, error_json
from apps.core.errors import ApplicationError, NotAuthenticated, NotFound
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.serializers import (
    NewMessageSerializer,
    NewVisitorConversationSerializer,
    TurnSerializer,
)
from apps.customer_service.api.visitor_events import visitor_event_response
from apps.customer_service.conversations import selectors, services
from apps.customer_service.conversations.services import Received, Visitor
from apps.customer_service.models import Conversation
from apps.customer_service.visitors import tokens
from apps.customer_service.visitors.tokens import VisitorAuthentication, own_conversation


class VisitorThrottle(ActorThrottle):
    scope = "visitor"


class VisitorConversationsView(APIView):
    """A stranger's first message opens a conversation and answers with the token for all the rest."""

    access = "public"
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [VisitorThrottle]

    @extend_schema(request=NewVisitorConversationSerializer, responses={202: dict})
    def post(self, request: Request) -> Response:
        body = NewVisitorConversationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        channel = selectors.channel_of_slug(sent["channel"])
        visitor = Visitor(uuid4().hex, sent.get("visitor_name", ""))
        received = services.start_conversation(
            Actor(channel.organisation, visitor=visitor.id),
            channel=channel,
            visitor=visitor,
            message=sent["message"],
        )
        token = tokens.token_for(received.conversation)
        return Response({"token": token, **_received(received)}, status=status.HTTP_202_ACCEPTED)


class VisitorConversationViewSet(viewsets.ViewSet):
    """The visitor's own conversation."""

    authentication_classes = [VisitorAuthentication]
    throttle_classes = [VisitorThrottle]
    permissions = tokens.PERMISSION
    lookup_url_kwarg = "conversation_id"
    lookup_value_regex = UUID_PATTERN

    @extend_schema(responses=dict)
    def retrieve(self, request: Request, conversation_id: str) -> Response:
        """The turns after `?after=<ordinal>` and what is being answered."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        conversation = selectors.conversation(actor_of(request).organisation, own)
        after = request.query_params.get("after", "")
        turns = selectors.turns(conversation, after=int(after) if after.isdecimal() else 0)
        body = {"turns": TurnSerializer(turns, many=True).data, **_standing(conversation)}
        return Response(body)

    @extend_schema(request=NewMessageSerializer, responses={202: dict})
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, conversation_id: str) -> Response:
        own = own_conversation(actor_of(request), UUID(conversation_id))
        body = NewMessageSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        received = services.receive_message(
            actor_of(request),
            conversation_id=own,
            text=body.validated_data["text"],
            idempotency_key=_idempotency_key(request, str(own)),
        )
        return Response(_received(received), status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: dict})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, conversation_id: str) -> Response:
        """Stop the answer that is being written."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        services.cancel_answer(actor_of(request), conversation_id=own)
        return Response({}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: dict})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, conversation_id: str) -> Response:
        """Answer the last message again after that failed or was stopped."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        services.retry_answer(actor_of(request), conversation_id=own)
        return Response({"events": _events_url(own)}, status=status.HTTP_202_ACCEPTED)


def visitor_events(request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
    """The answer to the latest message, as server-sent events; resumes after `Last-Event-ID`."""
    try:
        actor = tokens.visitor_actor(request)
        if actor is None:
            raise NotAuthenticated
        job = selectors.latest_answer_job(own_conversation(actor, conversation_id))
        if job is None:
            raise NotFound
    except ApplicationError as error:
        return error_json(error)
    return visitor_event_response(request, job)


visitor_events.access = "public"  # type: ignore[attr-defined]


def _idempotency_key(request: Request, place: str) -> str | None:
    """Visitors' keys count within their own conversation: nobody can take another one's."""
    key = request.headers.get("Idempotency-Key")
    return f"{place}:{key}"[:128] if key else None


def _received(received: Received) -> dict[str, Any]:
    turn, conversation = received.turn, received.conversation
    return {
        "turn": turn and {"id": turn.pk, "ordinal": turn.ordinal, "author": turn.author, "text": turn.text},
        **_standing(conversation),
    }


def _standing(conversation: Conversation) -> dict[str, Any]:
    job = conversation.answer_job
    return {
        "conversation": conversation.pk,
        "state": conversation.state,
        "is_with_person": conversation.handled_by_id is not None,
        "answer": job and {"state": job.state, "stage": job.stage, "events": _events_url(conversation.pk)},
    }


def _events_url(conversation_id: UUID) -> str:
    return reverse("api:visitor-events", args=[conversation_id])
