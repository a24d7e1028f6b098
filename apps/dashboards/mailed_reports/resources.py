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
        "days": _("Reporting period"),
        "last_result": _("Last sent"),
        "is_on_schedule": _("On schedule"),
    },
    read="analytics.view",
    write="analytics.view",
    title=_("E-mail reports"),
    lead=_("Send any desk's report to members by e-mail, with a PDF attached."),
    new_label=_("New e-mail report"),
    empty_title=_("No e-mail reports yet"),
    empty_text=_("Choose a report, a period and recipients. It is sent on schedule."),
    icon="mail",
    identity=("name",),
    conflict=_("A report with this name already exists."),
    audit_fields=("name", "report", "days", "is_enabled"),
    delete_question=_("Delete this report? It will no longer be sent."),
    form_template="dashboards/mailed_reports/form.html",
)
