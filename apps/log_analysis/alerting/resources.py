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
        "min_severity": _("From this severity on"),
        "is_enabled": _("In use"),
    },
    read="logs.manage",
    write="logs.manage",
    title=_("Alerts"),
    lead=_(
        "Where people are told of incidents. No text of a record leaves the house: a link leads to the incident."
    ),
    new_label=_("New alert channel"),
    empty_title=_("Nobody is told of incidents yet"),
    empty_text=_("Add a mail address, a webhook, or a robot of WeCom, DingTalk, Feishu or Slack."),
    icon="bell",
    identity=("name",),
    conflict=_("There is a channel of this name already."),
    filters=("kind", "is_enabled"),
    audit_fields=("name", "kind", "min_severity", "is_enabled"),
    delete_question=_("Delete this channel? Nobody is told of incidents through it any more."),
    form_template="log_analysis/alerting/channel.html",
)
