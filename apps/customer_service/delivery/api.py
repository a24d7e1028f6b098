from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.channels.delivery_errors import detail_of, reason_of
from apps.customer_service.conversations.api import IDEMPOTENCY_KEY
from apps.customer_service.conversations.models import OutgoingMessage
from apps.customer_service.delivery import acts
from apps.customer_service.delivery import selectors as delivery
from apps.customer_service.mail import outbound_mail
from apps.customer_service.mail.outbound_mail import NewMail

MANAGED = "conversations.manage"


class FailureSerializer(serializers.Serializer[dict[str, str]]):
    """`code` is stable, `reason` says it in your language, `detail` is what the other side said."""

    code = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()


def failure_body(error_text: str) -> dict[str, str] | None:
    if not reason_of(error_text):
        return None
    return {
        "code": error_text.partition(":")[0],
        "reason": str(reason_of(error_text)),
        "detail": detail_of(error_text),
    }


@extend_schema_field(FailureSerializer(allow_null=True))
class FailureField(serializers.Field):  # type: ignore[type-arg]
    """The stored failure of a row; null when there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: str) -> dict[str, str] | None:
        return failure_body(value)


class OutgoingMessageSerializer(serializers.ModelSerializer[OutgoingMessage]):
    conversation = serializers.UUIDField(source="message.conversation_id", read_only=True)
    turn = serializers.UUIDField(source="message_id", read_only=True)
    failure = FailureField(source="error")

    class Meta:
        model = OutgoingMessage
        fields = [
            "id",
            "conversation",
            "turn",
            "state",
            "attempts",
            "next_attempt_at",
            "external_id",
            "failure",
            "created_at",
        ]
        read_only_fields = fields


class FirstMailSerializer(serializers.Serializer[dict[str, Any]]):
    """To somebody who has not written yet."""

    channel = serializers.UUIDField(help_text="Of a mailbox.")
    address = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    subject = serializers.CharField(max_length=200)
    text = serializers.CharField(trim_whitespace=False)


class OutgoingMessageFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=OutgoingMessage.State.choices)
    conversation = django_filters.UUIDFilter(field_name="message__conversation_id")


class OutgoingMessageViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[OutgoingMessage]
):
    """What visitors are sent by mail or messenger, and how far it got."""

    queryset = OutgoingMessage.objects.none()
    serializer_class = OutgoingMessageSerializer
    filterset_class = OutgoingMessageFilter
    lookup_url_kwarg = "outgoing_message_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "create": "conversations.reply",
    }

    def get_queryset(self) -> QuerySet[OutgoingMessage]:
        return delivery.outgoing_messages(actor_of(self.request).organisation)

    @extend_schema(
        request=FirstMailSerializer, responses={202: OutgoingMessageSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Begin a conversation with a mail. The member answers what comes back, the assistant keeps out of it."""
        fields = validated_body(request, FirstMailSerializer)
        message = outbound_mail.send_first_mail(
            actor_of(request),
            channel_id=fields.pop("channel"),
            mail=NewMail(**fields),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return Response(OutgoingMessageSerializer(message.outgoing).data, status=status.HTTP_202_ACCEPTED)

    resend = ApiAct(acts.RESEND_MESSAGE, "Try a message that was given up again.", code=202)
