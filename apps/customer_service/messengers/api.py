from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core import languages
from apps.core.api import validated_body
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.api import UUID_PATTERN
from apps.customer_service.delivery.api import MANAGED, FailureField
from apps.customer_service.messengers import acts
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.models import MessengerAccount


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
        token = validated_body(request, MessengerAccountSerializer, account).get("token", "")
        changed_account = messengers.change_messenger_account(actor_of(request), account, token=token)
        return Response(MessengerAccountSerializer(changed_account).data)

    connect = ApiAct(
        acts.CONNECT, "Tell the messenger to bring messages here. `failure` says what went wrong."
    )
