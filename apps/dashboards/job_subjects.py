from apps.dashboards.mailed_reports.job_types import MAIL_REPORT
from apps.dashboards.mailed_reports.models import MailedReport
from apps.jobs.subjects import Subject, of_rows, register

of_mailed_reports = of_rows(
    MailedReport.objects.within,
    lambda row: Subject(row.name, row.get_absolute_url()),
    input_name="mailed_report_id",
    permission="analytics.view",
)

register(MAIL_REPORT.name, resolver=of_mailed_reports)
