from django.utils.translation import gettext_lazy as _

from apps.dashboards.mailed_reports import selectors
from apps.dashboards.mailed_reports.forms import MailedReportForm
from apps.dashboards.mailed_reports.models import MailedReport
from apps.resources.declaration import Resource

MAILED_REPORTS = Resource(
    model=MailedReport,
    name="mailed_report",
    plural="mailed_reports",
    rows=selectors.mailed_reports,
    form=MailedReportForm,
    columns={
        "name": _("Name"),
        "days": _("Days"),
        "last_result": _("Last time"),
        "is_enabled": _("On schedule"),
    },
    read="analytics.view",
    write="analytics.view",
    title=_("Reports by mail"),
    lead=_("A report of any desk, as PDF and mail, for members of your organisation."),
    new_label=_("New report by mail"),
    empty_title=_("No report goes out by mail yet"),
    empty_text=_(
        "Choose a report, its days and who gets it: the numbers come to people instead of people to the numbers."
    ),
    icon="mail",
    identity=("name",),
    conflict=_("There is a report of this name already."),
    audit_fields=("name", "report", "days", "is_enabled"),
    delete_question=_("Delete this report? It will no longer be sent."),
    form_template="dashboards/mailed_reports/form.html",
)
