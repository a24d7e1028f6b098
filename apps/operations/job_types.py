from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

EXPORT_ORGANISATION = job_types.register(
    job_types.JobType(
        "operations.export_organisation",
        queue="batch",
        label=_("Export an organisation"),
        stages={
            "rows": _("Writing tables"),
            "files": _("Writing files"),
            "records": _("Writing log records"),
        },
        may_see=job_types.holders_of("organisation.manage"),
        may_cancel=job_types.holders_of("organisation.manage"),
    )
)
