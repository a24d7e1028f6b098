"""Mailboxes, messengers and what goes out through them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core import languages
from apps.customer_service.api.conversations import IDEMPOTENCY_KEY, UUID_PATTERN
from apps.customer_service.connectors import accounts, first_mail, mail_check, outbox, selectors
from apps.customer_service.connectors.accounts import MailSettings
from apps.customer_service.connectors.failures import detail_of, reason_of
from apps.customer_service.connectors.first_mail import FirstMail
from apps.customer_service.models import (
    Channel,
    MailAccount,
    MailMessage,
    MessengerAccount,
    OutgoingMessage,
)

MANAGED = "conversations.manage"
PORT = {"min_value": 1, "max_value": 65535}


class FailureSerializer(serializers.Serializer[dict[str, str]]):
    """`code` is stable, `reason` says it in your language, `detail` is what the other side said."""

    code = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()


def failure_body(stored: str) -> dict[str, str] | None:
    if not reason_of(stored):
        return None
    return {
        "code": stored.partition(":")[0],
        "reason": str(reason_of(stored)),
        "detail": detail_of(stored),
    }


@extend_schema_field(FailureSerializer(allow_null=True))
class FailureField(serializers.Field):  # type: ignore[type-arg]
    """The stored failure of a row; null when there is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: str) -> dict[str, str] | None:
        return failure_body(value)


class MailAccountSerializer(serializers.ModelSerializer[MailAccount]):
    """`password` is never shown. A change without one keeps it."""

    password = serializers.CharField(write_only=True, required=False, max_length=500, trim_whitespace=False)
    imap_port = serializers.IntegerField(required=False, **PORT)  # type: ignore[arg-type]
    smtp_port = serializers.IntegerField(required=False, **PORT)  # type: ignore[arg-type]
    failure = FailureField(source="error")

    class Meta:
        model = MailAccount
        fields = [
            "id",
            "channel",
            "address",
            "user",
            "password",
            "imap_host",
            "imap_port",
            "smtp_host",
            "smtp_port",
            "is_encrypted",
            "folder",
            "authserv_id",
            "polled_at",
            "failure",
        ]
        read_only_fields = ["id", "channel", "polled_at"]


class NewMailAccountSerializer(MailAccountSerializer):
    """Makes the channel too."""

    name = serializers.CharField(write_only=True, max_length=80, help_text="Of the channel.")
    language = serializers.ChoiceField(write_only=True, choices=languages.CHOICES, default="zh-hans")
    password = serializers.CharField(write_only=True, max_length=500, trim_whitespace=False)

    class Meta(MailAccountSerializer.Meta):
        fields = ["name", "language", *MailAccountSerializer.Meta.fields]


class FindingSerializer(serializers.Serializer[mail_check.Finding]):
    part = serializers.ChoiceField(choices=["imap", "smtp"])
    is_good = serializers.BooleanField()
    code = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()


class MailAccountViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MailAccount]
):
    """Mailboxes that channels read and write."""

    queryset = MailAccount.objects.none()
    serializer_class = MailAccountSerializer
    lookup_url_kwarg = "mail_account_id"
    lookup_value_regex = UUID_PATTERN
    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update", "check"), MANAGED)

    def get_queryset(self) -> QuerySet[MailAccount]:
        return MailAccount.objects.within(actor_of(self.request).organisation).select_related("channel")

    @extend_schema(request=NewMailAccountSerializer, responses={201: MailAccountSerializer})
    def create(self, request: Request) -> Response:
        """Make a mail channel with its mailbox. Delete the channel to remove both."""
        body = NewMailAccountSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        made = accounts.create_mail_channel(
            actor_of(request),
            name=wanted.pop("name"),
            language=wanted.pop("language"),
            account=MailSettings(**wanted),
        )
        return Response(MailAccountSerializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, mail_account_id: str) -> Response:
        account = self.get_object()
        body = MailAccountSerializer(account, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        names = MailSettings.__dataclass_fields__.keys() - {"password"}
        current = {name: getattr(account, name) for name in names}
        wanted = MailSettings(**{**current, **body.validated_data})
        changed = accounts.change_mail_account(actor_of(request), account, wanted=wanted)
        return Response(MailAccountSerializer(changed).data)

    @extend_schema(request=None, responses=FindingSerializer(many=True))
    @action(detail=True, methods=["post"], pagination_class=None)
    def check(self, request: Request, mail_account_id: str) -> Response:
        """Try both servers now. Names the step that failed."""
        findings = mail_check.check(self.get_object())
        return Response([FindingSerializer(finding).data for finding in findings])


class MailMessageSerializer(serializers.ModelSerializer[MailMessage]):
    class Meta:
        model = MailMessage
        fields = [
            "id",
            "account",
            "conversation",
            "turn",
            "outcome",
            "detail",
            "sender",
            "sender_name",
            "sender_check",
            "checked_by",
            "subject",
            "message_id",
            "text",
            "size",
            "created_at",
        ]
        read_only_fields = fields


class MailMessageFilter(django_filters.FilterSet):  # type: ignore[misc]
    outcome = django_filters.MultipleChoiceFilter(choices=MailMessage.Outcome.choices)
    account = django_filters.UUIDFilter(field_name="account_id")
    conversation = django_filters.UUIDFilter(field_name="conversation_id")


class MailMessageViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MailMessage]
):
    """Every mail that was read and what became of it."""

    queryset = MailMessage.objects.none()
    serializer_class = MailMessageSerializer
    filterset_class = MailMessageFilter
    lookup_url_kwarg = "mail_message_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "take": "conversations.reply",
    }

    def get_queryset(self) -> QuerySet[MailMessage]:
        return MailMessage.objects.within(actor_of(self.request).organisation)

    @extend_schema(request=None, responses={202: MailMessageSerializer})
    @action(detail=True, methods=["post"])
    def take(self, request: Request, mail_message_id: str) -> Response:
        """A mail that was kept aside becomes a visitor's message after all."""
        accounts.take_mail(actor_of(request), self.get_object())
        return Response(MailMessageSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)


class MessengerAccountSerializer(serializers.ModelSerializer[MessengerAccount]):
    """`token` is never shown. A change without one keeps it."""

    token = serializers.CharField(write_only=True, required=False, max_length=200)
    failure = FailureField(source="error")

    class Meta:
        model = MessengerAccount
        fields = ["id", "channel", "bot_name", "token", "connected_at", "failure"]
        read_only_fields = ["id", "channel", "bot_name", "connected_at"]


class NewMessengerAccountSerializer(MessengerAccountSerializer):
    """Makes the channel too."""

    kind = serializers.ChoiceField(write_only=True, choices=[Channel.Kind.TELEGRAM.value])
    name = serializers.CharField(write_only=True, max_length=80, help_text="Of the channel.")
    language = serializers.ChoiceField(write_only=True, choices=languages.CHOICES, default="zh-hans")
    token = serializers.CharField(write_only=True, max_length=200)

    class Meta(MessengerAccountSerializer.Meta):
        fields = ["kind", "name", "language", *MessengerAccountSerializer.Meta.fields]


class MessengerAccountViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[MessengerAccount]
):
    """Bots of messengers."""

    queryset = MessengerAccount.objects.none()
    serializer_class = MessengerAccountSerializer
    lookup_url_kwarg = "messenger_account_id"
    lookup_value_regex = UUID_PATTERN
    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update", "connect"), MANAGED)

    def get_queryset(self) -> QuerySet[MessengerAccount]:
        return MessengerAccount.objects.within(actor_of(self.request).organisation).select_related("channel")

    @extend_schema(request=NewMessengerAccountSerializer, responses={201: MessengerAccountSerializer})
    def create(self, request: Request) -> Response:
        """Make a messenger channel with its bot. `connect` it next."""
        body = NewMessengerAccountSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        made = accounts.create_messenger_channel(actor_of(request), **body.validated_data)
        return Response(MessengerAccountSerializer(made).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, messenger_account_id: str) -> Response:
        account = self.get_object()
        body = MessengerAccountSerializer(account, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        token = body.validated_data.get("token", "")
        changed = accounts.change_messenger_account(actor_of(request), account, token=token)
        return Response(MessengerAccountSerializer(changed).data)

    @extend_schema(request=None, responses=MessengerAccountSerializer)
    @action(detail=True, methods=["post"])
    def connect(self, request: Request, messenger_account_id: str) -> Response:
        """Tell the messenger to bring messages here. `failure` says what went wrong."""
        connected = accounts.connect_messenger(actor_of(request), self.get_object())
        return Response(MessengerAccountSerializer(connected).data)


class OutgoingMessageSerializer(serializers.ModelSerializer[OutgoingMessage]):
    conversation = serializers.UUIDField(source="turn.conversation_id", read_only=True)
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
    conversation = django_filters.UUIDFilter(field_name="turn__conversation_id")


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
        "resend": "conversations.reply",
    }

    def get_queryset(self) -> QuerySet[OutgoingMessage]:
        return selectors.outgoing_messages(actor_of(self.request).organisation)

    @extend_schema(
        request=FirstMailSerializer, responses={202: OutgoingMessageSerializer}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Begin a conversation with a mail. The member answers what comes back, the assistant keeps out of it."""
        body = FirstMailSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent = dict(body.validated_data)
        turn = first_mail.send_first_mail(
            actor_of(request),
            channel_id=sent.pop("channel"),
            mail=FirstMail(**sent),
            idempotency_key=request.headers.get("Idempotency-Key"),
        )
        return Response(OutgoingMessageSerializer(turn.outgoing).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: OutgoingMessageSerializer})
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, outgoing_message_id: str) -> Response:
        """Try a message that was given up again."""
        message = outbox.resend(actor_of(request), self.get_object())
        return Response(OutgoingMessageSerializer(message).data, status=status.HTTP_202_ACCEPTED)
