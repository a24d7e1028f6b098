from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.dashboards.mailed_reports import selectors
from apps.dashboards.mailed_reports.forms import MailedReportForm
from apps.dashboards.mailed_reports.models import MailedReport, ReportDelivery
from apps.resources.declaration import Resource, RowList

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

REPORT_DELIVERIES = RowList(
    model=ReportDelivery,
    plural="report_deliveries",
    rows=selectors.deliveries,
    columns={
        "member.user": _("Recipient"),
        "state": ListColumn(_("State"), part="dashboards/mailed_reports/delivery_state.html"),
        "created_at": _("When"),
    },
    read="analytics.view",
    page_rows=selectors.MAX_SHOWN_DELIVERIES,
    icon="mail",
    empty_title=_("Nothing sent yet"),
    empty_text=_("Send it now to see the result, or wait for the first scheduled time."),
)
