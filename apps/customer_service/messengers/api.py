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
from apps.customer_service.messengers import acts
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.forms import MAX_CREDENTIAL_CHARACTERS
from apps.customer_service.messengers.intake import MESSENGERS
from apps.customer_service.messengers.models import MessengerAccount


class CredentialsField(serializers.DictField):
    child = serializers.CharField(max_length=MAX_CREDENTIAL_CHARACTERS, allow_blank=True)


class MessengerAccountSerializer(serializers.ModelSerializer[MessengerAccount]):
    """`credentials` are never shown: what the messenger's console calls App ID, Corp ID, Secret … A change keeps those
    that it leaves out.
    """

    credentials = CredentialsField(write_only=True, required=False)
    failure = FailureField(source="error")

    class Meta:
        model = MessengerAccount
        fields = [
            "id",
            "channel",
            "bot_name",
            "credentials",
            "has_long_connection",
            "connected_at",
            "failure",
        ]
        read_only_fields = ["id", "channel", "bot_name", "connected_at"]


class NewMessengerAccountSerializer(MessengerAccountSerializer):
    """Makes the channel too."""

    kind = serializers.ChoiceField(write_only=True, choices=sorted(MESSENGERS))
    name = serializers.CharField(write_only=True, max_length=80, help_text="Of the channel.")
    language = serializers.ChoiceField(write_only=True, choices=languages.CHOICES, default="zh-hans")
    credentials = CredentialsField(write_only=True)

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
    permissions = dict.fromkeys(("list", "retrieve", "create", "partial_update"), MANAGED)

    def get_queryset(self) -> QuerySet[MessengerAccount]:
        return MessengerAccount.objects.within(actor_of(self.request).organisation).select_related("channel")

    @extend_schema(request=NewMessengerAccountSerializer, responses={201: MessengerAccountSerializer})
    def create(self, request: Request) -> Response:
        """Make a messenger channel with its bot. `connect` it next."""
        body = validated_body(request, NewMessengerAccountSerializer)
        account = messengers.create_messenger_channel(actor_of(request), **body)
        return Response(MessengerAccountSerializer(account).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, messenger_account_id: str) -> Response:
        account = self.get_object()
        body = {"credentials": {}, **validated_body(request, MessengerAccountSerializer, account)}
        changed_account = messengers.change_messenger_account(actor_of(request), account, **body)
        return Response(MessengerAccountSerializer(changed_account).data)

    connect = ApiAct(
        acts.CONNECT_MESSENGER,
        "Try the credentials, and tell the messenger to call here. `failure` says what went wrong.",
    )
