from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.marketing.channels import selectors
from apps.marketing.channels.forms import ChannelOverrideForm
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.channels.resources import CHANNEL_OVERRIDES
from apps.resources.api import ResourceViewSet


class ChannelFieldSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    max_length = serializers.IntegerField()
    counting = serializers.CharField()
    is_required = serializers.BooleanField()


class ChannelRulesSerializer(serializers.Serializer[Any]):
    """As they hold in the organisation. `source`: who publishes the built-in limits."""

    key = serializers.CharField()
    name = serializers.CharField()
    texts = ChannelFieldSerializer(many=True, source="fields")
    min_hashtags = serializers.IntegerField(source="rules.min_hashtags")
    max_hashtags = serializers.IntegerField(source="rules.max_hashtags")
    max_emoji = serializers.IntegerField(source="rules.max_emoji")
    max_links = serializers.IntegerField(source="rules.max_links")
    advice = serializers.CharField()
    send_cost = serializers.DecimalField(max_digits=10, decimal_places=4, allow_null=True)
    max_sends = serializers.IntegerField(allow_null=True)
    send_days = serializers.IntegerField()
    hints = serializers.CharField()
    source = serializers.CharField(source="rules.source")  # type: ignore[assignment]


class ChannelsView(APIView):
    permissions = "marketing.use"

    @extend_schema(operation_id="marketing_channels", responses=ChannelRulesSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every channel with the rules that hold here."""
        views = selectors.channel_list(actor_of(request).organisation)
        return Response(ChannelRulesSerializer(views, many=True).data)


class ChannelOverrideSerializer(serializers.ModelSerializer[ChannelOverride]):
    class Meta:
        model = ChannelOverride
        fields = ["id", *ChannelOverrideForm.Meta.fields]


class ChannelOverrideViewSet(ResourceViewSet[ChannelOverride]):
    """What the organisation changed about channels. Deleting one takes the channel back to its built-in limits."""

    resource = CHANNEL_OVERRIDES
    serializer_class = ChannelOverrideSerializer
