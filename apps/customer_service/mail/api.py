"""Mailboxes, messengers and what goes out through them."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core import languages
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.delivery.api import MANAGED, FailureField
from apps.customer_service.mail import acts, connection_check, services
from apps.customer_service.mail.forms import MailAccountForm
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.mail.services import MailSettings
from apps.resources.api import ApiRead, RowsViewSet

PORT = {"min_value": 1, "max_value": 65535}


class MailAccountSerializer(serializers.ModelSerializer[MailAccount]):
    """`password` is never shown. A change without one keeps it."""

    password = serializers.CharField(write_only=True, required=False, max_length=500, trim_whitespace=False)
    imap_port = serializers.IntegerField(required=False, **PORT)  # type: ignore[arg-type]
    smtp_port = serializers.IntegerField(required=False, **PORT)  # type: ignore[arg-type]
    failure = FailureField(source="error")

    class Meta:
        model = MailAccount
        fields = ["id", "channel", *MailAccountForm.Meta.fields, "polled_at", "failure"]
        read_only_fields = ["id", "channel", "polled_at"]


class NewMailAccountSerializer(MailAccountSerializer):
    """Makes the channel too."""

    name = serializers.CharField(write_only=True, max_length=80, help_text="Of the channel.")
    language = serializers.ChoiceField(write_only=True, choices=languages.CHOICES, default="zh-hans")
    password = serializers.CharField(write_only=True, max_length=500, trim_whitespace=False)

    class Meta(MailAccountSerializer.Meta):
        fields = ["name", "language", *MailAccountSerializer.Meta.fields]


class FindingSerializer(serializers.Serializer[connection_check.Finding]):
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
        fields = validated_body(request, NewMailAccountSerializer)
        account = services.create_mail_channel(
            actor_of(request),
            name=fields.pop("name"),
            language=fields.pop("language"),
            account=MailSettings(**fields),
        )
        return Response(MailAccountSerializer(account).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, mail_account_id: str) -> Response:
        account = self.get_object()
        body = validated_body(request, MailAccountSerializer, account)
        names = MailSettings.__dataclass_fields__.keys() - {"password"}
        current = {name: getattr(account, name) for name in names}
        new_settings = MailSettings(**{**current, **body})
        changed_account = services.change_mail_account(actor_of(request), account, mail_settings=new_settings)
        return Response(MailAccountSerializer(changed_account).data)

    check = ApiRead(connection_check.check, FindingSerializer(many=True), methods=["post"])


class MailMessageSerializer(serializers.ModelSerializer[MailMessage]):
    turn = serializers.UUIDField(source="visitor_message_id", read_only=True, allow_null=True)

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


class MailMessageViewSet(RowsViewSet[MailMessage]):
    """Every mail that was read and what became of it."""

    rows = MailMessage.objects.within
    serializer_class = MailMessageSerializer
    filterset_class = MailMessageFilter
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
    }

    take = ApiAct(
        acts.TAKE_MAIL, "A mail that was kept aside becomes a visitor's message after all.", code=202
    )
