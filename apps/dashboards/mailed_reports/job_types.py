from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

MAIL_REPORT = job_types.register(
    job_types.JobType(
        "dashboards.mail_report",
        queue="batch",
        label=_("Mail a report"),
        is_repeatable=True,
        stages={"drawing": _("Drawing the pages"), "sending": _("Sending")},
        may_see=job_types.holders_of("analytics.view"),
        may_cancel=job_types.holders_of("analytics.view"),
    )
)
