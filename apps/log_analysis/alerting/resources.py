from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn, page_link
from apps.log_analysis.alerting import selectors
from apps.log_analysis.alerting.forms import AlertChannelForm
from apps.log_analysis.alerting.models import AlertChannel, IncidentAlert
from apps.resources.declaration import Resource, RowList

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

ALERTS = RowList(
    model=IncidentAlert,
    plural="incident_alerts",
    rows=selectors.alert_list,
    columns={
        "incident.title": ListColumn(_("Incident"), link=page_link("log_analysis:incident", "incident_id")),
        "state": ListColumn(_("State"), kind="state", note="last_error"),
        "attempts": ListColumn(_("Attempts"), kind="number"),
        "due_at": _("Due"),
    },
    read="logs.manage",
    page_rows=20,
    icon="bell",
    empty_title=_("No alerts yet"),
    empty_text=_("Send a test to check that alerts arrive."),
)
