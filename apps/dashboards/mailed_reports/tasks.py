from typing import Any

from apps.dashboards.mailed_reports import job_types, services
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(job_types.MAIL_REPORT)
def mail_report(run: JobRun) -> dict[str, Any]:
    return services.mail_report(run, mailed_report_id=run.inputs["mailed_report_id"])
