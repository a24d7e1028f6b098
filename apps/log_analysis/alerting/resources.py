from django.utils.translation import gettext_lazy as _

from apps.log_analysis.alerting import selectors
from apps.log_analysis.alerting.forms import AlertChannelForm
from apps.log_analysis.alerting.models import AlertChannel
from apps.resources.declaration import Resource

ALERT_CHANNELS = Resource(
    model=AlertChannel,
    name="alert_channel",
    plural="alert_channels",
    rows=selectors.channel_list,
    form=AlertChannelForm,
    columns={
        "name": _("Name"),
        "kind": _("Kind"),
        "min_severity": _("Minimum severity"),
        "use_label": _("In use"),
    },
    read="logs.manage",
    write="logs.manage",
    title=_("Alerts"),
    lead=_("Where incident alerts are sent. Alerts link to the incident and contain no log text."),
    new_label=_("New alert channel"),
    empty_title=_("No alert channels yet"),
    empty_text=_("Add an e-mail address, a webhook, or a WeCom, DingTalk, Feishu or Slack robot."),
    icon="bell",
    identity=("name",),
    conflict=_("A channel with this name already exists."),
    filters=("kind", "is_enabled"),
    audit_fields=("name", "kind", "min_severity", "is_enabled"),
    delete_question=_("Delete this channel? It will no longer receive alerts."),
    form_template="log_analysis/alerting/channel.html",
)
