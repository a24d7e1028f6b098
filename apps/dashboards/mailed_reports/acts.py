"""What is done with a mailed report at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.dashboards.mailed_reports import services
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS

REPORT = "reports/<uuid:mailed_report_id>/"
report_act = partial(Act, find=lambda actor, report_id: MAILED_REPORTS.one(actor.organisation, report_id))
SEND_MAILED_REPORT = report_act(
    services.send_now,
    at=f"{REPORT}send/",
    label=_("Send now"),
    icon="send",
    success=_("Sending. The result appears below."),
)
DELETE_MAILED_REPORT = report_act(
    partial(services.delete, resource=MAILED_REPORTS),
    at=f"{REPORT}delete/",
    success=_("Deleted."),
    back=lambda report: MAILED_REPORTS.url(),
)
