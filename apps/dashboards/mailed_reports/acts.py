"""What is done with a mailed report at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.dashboards.mailed_reports import services
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS

SEND_MAILED_REPORT = Act(
    services.send_now,
    find=lambda actor, report_id: MAILED_REPORTS.one(actor.organisation, report_id),
    at="reports/<uuid:mailed_report_id>/send/",
    label=_("Send now"),
    icon="send",
    success=_("Sending. The result appears below."),
)
