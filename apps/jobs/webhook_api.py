import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.jobs import acts, webhook_events, webhook_secrets
from apps.jobs.models import Webhook, WebhookDelivery
from apps.jobs.resources import WEBHOOK_DELIVERIES, WEBHOOKS
from apps.resources.api import ResourceViewSet, RowsViewSet


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    class Meta:
        model = Webhook
        fields = ["id", "url", "events", "is_enabled", "created_at"]
        read_only_fields = ["id", "created_at"]


class WebhookSecretSerializer(WebhookSerializer):
    """With the secret that receivers check signatures with. Only the answers that make one show it."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = [*WebhookSerializer.Meta.read_only_fields, "secret"]


class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    webhook_id = serializers.UUIDField(read_only=True)
    job_id = serializers.UUIDField(read_only=True, allow_null=True, help_text="Null: not about a job.")

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook_id",
            "job_id",
            "subject",
            "event",
            "payload",
            "state",
            "attempts",
            "next_attempt_at",
            "response_status",
            "response_text",
            "last_error",
            "created_at",
            "delivered_at",
        ]
        read_only_fields = fields


class WebhookDeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.ChoiceFilter(choices=WebhookDelivery.State.choices)
    webhook_id = django_filters.UUIDFilter()
    job_id = django_filters.UUIDFilter()
    subject = django_filters.CharFilter()
    event = django_filters.ChoiceFilter(choices=webhook_events.choices())


@extend_schema_view(
    partial_update=extend_schema(description="Change the address or the events, or switch it off."),
    destroy=extend_schema(description="Remove the address with everything that was or would be sent to it."),
)
class WebhookViewSet(ResourceViewSet[Webhook]):
    """Addresses that are told when jobs end and what happens in conversations.

    Signed as https://www.standardwebhooks.com describes.
    """

    resource = WEBHOOKS
    serializer_class = WebhookSerializer

    @extend_schema(responses={201: WebhookSecretSerializer})
    def create(self, request: Request) -> Response:
        """Add an address. `secret` is in this answer only."""
        values = self.sent_values()
        webhook = webhook_secrets.create_webhook(
            actor_of(request), url=values["url"], events=values["events"]
        )
        return Response(WebhookSecretSerializer(webhook).data, status=status.HTTP_201_CREATED)

    rotate_secret = ApiAct(
        acts.ROTATE_SECRET,
        "Make a new secret. Everything sent from now on is signed with it.",
        answer=WebhookSecretSerializer,
    )


class WebhookDeliveryViewSet(RowsViewSet[WebhookDelivery]):
    """What was sent, what came back, and what is still being tried."""

    row_list = WEBHOOK_DELIVERIES
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilter

    replay = ApiAct(
        acts.REPLAY_DELIVERY,
        "Send an ended delivery again. It keeps its id, so receivers can tell a repetition.",
        code=202,
    )
