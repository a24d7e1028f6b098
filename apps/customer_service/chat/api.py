"""The visitors' API: begin a conversation, write in it, follow the answer. Why an answer failed stays inside."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of, public
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import VISITOR, Actor
from apps.accounts.authentication import caller_network
from apps.core.api import UUID_PATTERN, ActorThrottle, count_up, validated_body
from apps.core.errors import NotAuthenticated, NotFound, QueueClosed, QuotaExceeded, SwitchedOff
from apps.core.numbers import whole_number
from apps.customer_service.attachments import services as attachments
from apps.customer_service.attachments import voice
from apps.customer_service.attachments.services import send_files
from apps.customer_service.channels.chat_page import APOLOGY
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat import acts, identity, serializers, tokens
from apps.customer_service.chat.models import Rating
from apps.customer_service.chat.tokens import VisitorAuthentication, own_conversation
from apps.customer_service.conversations import contacts, selectors, services
from apps.customer_service.conversations.acts import RESOLVE
from apps.customer_service.conversations.api import IDEMPOTENCY_KEY
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.conversations.services import ReceivedMessage, Visitor
from apps.customer_service.handoff import selectors as handoff
from apps.customer_service.handoff.selectors import QueuePosition
from apps.customer_service.handoff.system_messages import absence
from apps.customer_service.staff import selectors as staff
from apps.jobs import event_hub, open_streams
from apps.jobs.event_stream import job_frames
from apps.jobs.models import Job
from apps.jobs.open_streams import StreamLimit

AnsweredBy = Conversation.AnsweredBy
_ERROR = b"event: error\n"

# Whoever knows the key of a beginning gets the conversation: one that can be guessed does not count.
MIN_START_KEY_CHARACTERS = 32
SECONDS_AN_HOUR = 3600
# Open windows of one conversation, each of which follows the answer.
MAX_STREAMS = 8
# Visitors of one network whose answers are being written at the same time: a company behind one address, not a flood.
MAX_STREAMS_OF_NETWORK = 128


class VisitorThrottle(ActorThrottle):
    scope = "visitor"

    def get_ident(self, request: Request) -> str:
        return caller_network(request._request)


class StartThrottle(VisitorThrottle):
    """One address cannot fill a channel's inbox."""

    scope = "visitor_start"

    def get_ident(self, request: Request) -> str:
        channel = request.data.get("channel", "") if isinstance(request.data, dict) else ""
        # Of whatever was sent as one, what may stand in the key of a counter.
        return f"{super().get_ident(request)}:{slugify(str(channel)[:40])}"


class UploadThrottle(VisitorThrottle):
    """Files within a minute, and their kilobytes within an hour: a stranger cannot fill the disk."""

    scope = "visitor_upload"

    def allow_request(self, request: Request, view: Any) -> bool:
        hour = int(time.time() // SECONDS_AN_HOUR)
        kilobytes = int(request.META.get("CONTENT_LENGTH") or 0) // 1024
        key = f"throttle:visitor_kilobytes:{self.get_ident(request)}:{hour}"
        total_kilobytes = count_up(key, kilobytes, seconds=SECONDS_AN_HOUR)
        self._is_hour_full = total_kilobytes * 1024 > settings.VISITOR_UPLOAD_BYTES_PER_HOUR
        return super().allow_request(request, view) and not self._is_hour_full

    def wait(self) -> float:
        return SECONDS_AN_HOUR - time.time() % SECONDS_AN_HOUR if self._is_hour_full else super().wait()


class VisitorView(APIView):
    """What is said to staff of a desk that is off, or of a quota, is no answer to visitors."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, SwitchedOff | QueueClosed | QuotaExceeded):
            exc = selectors.ChatUnavailable(retry_after_seconds=exc.retry_after_seconds)
        return super().handle_exception(exc)


class VisitorConversationsView(VisitorView):
    """A stranger's first message opens a conversation and answers with the token for all the rest."""

    access = "public"
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [VisitorThrottle, StartThrottle]

    @extend_schema(
        request=serializers.NewVisitorConversationSerializer,
        responses={202: serializers.StartedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        fields = validated_body(request, serializers.NewVisitorConversationSerializer)
        channel = selectors.channel_of_slug(fields["channel"])
        visitor = _visitor(channel, fields)
        actor = Actor(channel.organisation, frozenset({VISITOR}), visitor=visitor.id)
        key = request.headers.get("Idempotency-Key", "")
        message = services.start_conversation(
            actor,
            channel=channel,
            visitor=visitor,
            message=fields.get("message"),
            idempotency_key=(
                _idempotency_key(request, channel.slug) if len(key) >= MIN_START_KEY_CHARACTERS else None
            ),
        )
        token = tokens.token_for(message.conversation)
        return Response({"token": token, **received_body(message)}, status=status.HTTP_202_ACCEPTED)


class VisitorIdentityView(VisitorView):
    """Is the visitor who the page says? Then what the same person has open, on whatever device, goes on here."""

    access = "public"
    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [VisitorThrottle]

    @extend_schema(request=serializers.IdentitySerializer, responses=serializers.KnownVisitorSerializer)
    def post(self, request: Request) -> Response:
        body = validated_body(request, serializers.IdentitySerializer)
        channel = selectors.channel_of_slug(body["channel"])
        verified_identity = identity.verified_identity(channel, body["identity"])
        identity.keep_identity(channel, verified_identity)
        latest = identity.latest_conversation(channel, verified_identity.visitor_id)
        return Response(
            {
                "visitor": verified_identity.visitor_id,
                "name": verified_identity.name,
                "conversation": latest and latest.pk,
                "token": latest and tokens.token_for(latest),
            }
        )


class VisitorConversationViewSet(viewsets.ViewSetMixin, VisitorView):
    """The visitor's own conversation."""

    authentication_classes = [VisitorAuthentication]
    throttle_classes = [VisitorThrottle]
    permissions = VISITOR
    queryset = Conversation.objects.none()
    serializer_class = serializers.StandingSerializer
    lookup_url_kwarg = "conversation_id"
    lookup_value_regex = UUID_PATTERN

    @extend_schema(responses=serializers.VisitorConversationSerializer)
    def retrieve(self, request: Request, conversation_id: str) -> Response:
        """The turns after `?after=<ordinal>` and what is being answered."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        conversation = selectors.conversation(actor_of(request).organisation, own)
        after = request.query_params.get("after", "")
        messages = selectors.messages(conversation, after=whole_number(after) or 0)
        serializer = serializers.VisitorMessageSerializer(messages.prefetch_related("attachments"), many=True)
        return Response({"turns": serializer.data, **status_body(conversation)})

    @extend_schema(
        request=serializers.NewVisitorMessageSerializer,
        responses={202: serializers.SentSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    def messages(self, request: Request, conversation_id: str) -> Response:
        """Words, files that were uploaded before, or both."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        body = validated_body(request, serializers.NewVisitorMessageSerializer)
        files = body["attachments"]
        send = partial(send_files, attachment_ids=files) if files else services.receive_message
        message = send(
            actor_of(request),
            conversation_id=own,
            text=body["text"],
            idempotency_key=_idempotency_key(request, str(own)),
        )
        return Response(received_body(message), status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        request={"multipart/form-data": serializers.NewAttachmentSerializer},
        responses={201: serializers.StoredAttachmentSerializer},
    )
    @action(
        detail=True,
        methods=["post"],
        parser_classes=[MultiPartParser],
        throttle_classes=[VisitorThrottle, UploadThrottle],
    )
    def attachments(self, request: Request, conversation_id: str) -> Response:
        """A file for the next message, or a voice message, which becomes a message once it is written down."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        body = validated_body(request, serializers.NewAttachmentSerializer)
        is_voice = body["kind"] == Attachment.Kind.VOICE
        store = voice.receive_voice if is_voice else attachments.store_attachment
        attachment = store(actor_of(request), conversation_id=own, upload=body["file"])
        events = reverse("api:visitor-voice-events", args=[own, attachment.pk]) if is_voice else None
        return Response(
            {**attachments.attachment_body(attachment), "events": events}, status=status.HTTP_201_CREATED
        )

    person = ApiAct(acts.ASK_FOR_PERSON, "The visitor wants to talk to a person.")
    resolve = ApiAct(RESOLVE, "“That solved it.”", reads_anew=True)
    rating = ApiAct(
        acts.RATE,
        "Once it is resolved; a rating can be changed for a day.",
        body=serializers.RatingSerializer,
    )
    contact = ApiAct(
        acts.LEAVE_CONTACT,
        "How to reach the visitor when nobody is here now.",
        body=serializers.ContactDetailsSerializer,
    )

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, conversation_id: str) -> Response:
        """Stop the answer that is being written."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        services.cancel_answer(actor_of(request), conversation_id=own)
        return Response({}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: serializers.EventsSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, conversation_id: str) -> Response:
        """Answer the last message again after that failed or was stopped."""
        own = own_conversation(actor_of(request), UUID(conversation_id))
        services.retry_answer(actor_of(request), conversation_id=own)
        return Response({"events": events_address(own)}, status=status.HTTP_202_ACCEPTED)

    def get_object(self) -> Conversation:
        actor = actor_of(self.request)
        own = own_conversation(actor, UUID(self.kwargs["conversation_id"]))
        return selectors.conversation(actor.organisation, own)

    def answer(self, row: Conversation, code: int = status.HTTP_200_OK) -> Response:
        return Response(status_body(row), status=code)


@public
def visitor_events(request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
    """The answer to the latest message, as server-sent events; resumes after `Last-Event-ID`."""
    own = _own(request, conversation_id)
    return _events(request, own, selectors.latest_answer_job(own))


@public
def voice_events(request: HttpRequest, conversation_id: UUID, attachment_id: UUID) -> HttpResponseBase:
    """How far the listening to a voice message is; `done` says whether anybody spoke."""
    own = _own(request, conversation_id)
    attachments_of_own = Attachment.objects.filter(conversation=own, pk=attachment_id)
    attachment = attachments_of_own.select_related("job").first()
    return _events(request, own, attachment.job if attachment else None)


def _own(request: HttpRequest, conversation_id: UUID) -> UUID:
    actor = tokens.visitor_actor(request)
    if actor is None:
        raise NotAuthenticated
    return own_conversation(actor, conversation_id)


def _events(request: HttpRequest, conversation_id: UUID, job: Job | None) -> HttpResponseBase:
    if job is None:
        raise NotFound
    limits = (
        StreamLimit(f"conversation:{conversation_id}", MAX_STREAMS),
        StreamLimit(f"network:{caller_network(request)}", MAX_STREAMS_OF_NETWORK),
    )
    open_streams.require_room(limits)
    frames = _without_reasons(job_frames(request, job), _(APOLOGY))
    return event_hub.sse_response(open_streams.counted_frames(frames, limits))


async def _without_reasons(frames: AsyncIterator[bytes], apology: str) -> AsyncGenerator[bytes]:
    """The stream as visitors may see it. Several frames come at once; nearly none is an error."""
    data = b"data: " + orjson.dumps({"state": "failed", "code": "not_answered", "message": apology})
    async for block in frames:
        if _ERROR in block:
            parts = block.split(b"\n\n")
            yield b"\n\n".join(
                part.partition(b"data: ")[0] + data if _ERROR in part else part for part in parts
            )
        else:
            yield block


def _visitor(channel: Channel, fields: dict[str, Any]) -> Visitor:
    """A name without a signature is only a name: it never leads to somebody else's rows."""
    language, email = fields.get("language", ""), fields.get("email", "")
    if not fields.get("identity"):
        return Visitor(uuid4().hex, fields.get("visitor_name", ""), language, email)
    verified_identity = identity.verified_identity(channel, fields["identity"])
    identity.keep_identity(channel, verified_identity)
    return Visitor(verified_identity.visitor_id, verified_identity.name, language, email)


def _idempotency_key(request: Request, place: str) -> str | None:
    """Visitors' keys count within their own conversation: nobody can take another one's."""
    key = request.headers.get("Idempotency-Key")
    return f"{place}:{key}"[:128] if key else None


def status_body(conversation: Conversation) -> dict[str, Any]:
    """Where a conversation stands, as its visitor may know it."""
    job = conversation.answer_job
    queue = (
        handoff.visitor_queue_position(conversation) if conversation.answered_by == AnsweredBy.QUEUE else None
    )
    is_left_alone = queue is not None and not (queue.is_open_now and queue.is_somebody_here)
    return {
        "conversation": conversation.pk,
        "state": conversation.state,
        "line": _line(conversation, queue),
        "is_with_person": conversation.handled_by_id is not None,
        "can_ask_for_person": conversation.is_open and conversation.answered_by == AnsweredBy.BOT,
        "answer": job and {"state": job.state, "stage": job.stage, "events": events_address(conversation.pk)},
        "queue": _place(queue),
        "wants_address": is_left_alone and not contacts.has_address(conversation),
        **_rating(conversation),
    }


def received_body(received: ReceivedMessage) -> dict[str, Any]:
    message = received.message
    return {
        "turn": message
        and {"id": message.pk, "ordinal": message.ordinal, "author": message.author, "text": message.text},
        **status_body(received.conversation),
    }


def events_address(conversation_id: UUID) -> str:
    return reverse("api:visitor-events", args=[conversation_id])


def _line(conversation: Conversation, queue: QueuePosition | None) -> str:
    if not conversation.is_open:
        return _("This conversation is resolved. Send a message any time if you need us.")
    if _is_helped(conversation):
        return _("A member of our staff is helping you.")
    if queue is None:
        return ""
    if queue.is_open_now and queue.is_somebody_here:
        return _("Connecting you to our staff. You are number %(position)d in line.") % {
            "position": queue.position
        }
    return absence(queue)


def _is_helped(conversation: Conversation) -> bool:
    """Not by somebody who has left."""
    if conversation.handled_by_id is None:
        return False
    return staff.replying_members(conversation.organisation_id).filter(pk=conversation.handled_by_id).exists()


def _place(queue: QueuePosition | None) -> dict[str, Any] | None:
    if queue is None:
        return None
    return {
        "position": queue.position,
        "is_open_now": queue.is_open_now,
        "opens_at": queue.opens_at,
        "due_at": queue.due_at,
    }


def _rating(conversation: Conversation) -> dict[str, Any]:
    if conversation.is_open:
        return {"asks_for_rating": False, "rating": None}
    rating = Rating.objects.filter(conversation=conversation).first()
    is_of_this_end = rating and conversation.resolved_at and rating.created_at >= conversation.resolved_at
    return {
        "asks_for_rating": staff.desk_settings(conversation.organisation_id).asks_for_rating,
        "rating": {"score": rating.score, "comment": rating.comment} if rating and is_of_this_end else None,
    }
