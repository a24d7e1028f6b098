from rest_framework import serializers

from apps.accounts.act_declaration import ApiAct
from apps.core.api import Pages
from apps.log_analysis.alerting import acts, selectors
from apps.log_analysis.alerting.models import AlertChannel, IncidentAlert
from apps.log_analysis.alerting.resources import ALERT_CHANNELS
from apps.resources.api import ApiRead, ResourceViewSet


class AlertChannelSerializer(serializers.ModelSerializer[AlertChannel]):
    """`address` and `signing_secret` hold keys: they are written and not read. Left out, they stay."""

    class Meta:
        model = AlertChannel
        fields = ["id", "name", "kind", "address", "signing_secret", "min_severity", "escalate_minutes"]
        fields += ["quiet_from", "quiet_until", "time_zone", "is_enabled", "created_at"]
        read_only_fields = ["created_at"]
        extra_kwargs = {"address": {"write_only": True}, "signing_secret": {"write_only": True}}


class IncidentAlertSerializer(serializers.ModelSerializer[IncidentAlert]):
    class Meta:
        model = IncidentAlert
        fields = ["id", "incident", "channel", "state", "due_at", "attempts", "last_error", "sent_at"]
        read_only_fields = fields


class AlertChannelViewSet(ResourceViewSet[AlertChannel]):
    """Where people are told of incidents."""

    resource = ALERT_CHANNELS
    serializer_class = AlertChannelSerializer
    permissions = {"alerts": ALERT_CHANNELS.write}

    test = ApiAct(
        acts.TEST_ALERT_CHANNEL,
        "Send a message that says that it is a test. 503 with the reason when it is not accepted.",
        code=204,
    )

    alerts = ApiRead(
        lambda channel: selectors.alert_list(channel.organisation).filter(channel=channel),
        IncidentAlertSerializer(many=True),
        "What was told through it, or waits to be, newest first.",
        pagination_class=Pages,
    )
