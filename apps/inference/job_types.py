from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

CHECKS = {
    "streaming": _("Streaming"),
    "usage": _("Usage counted"),
    "stop": _("Stop sequence"),
    "cancel": _("Cancel"),
    "schema": _("JSON schema"),
    "tools": _("Tool call"),
    "reasoning": _("Separate reasoning"),
    "long_context": _("Long context"),
    "reading": _("Reading a text"),
    "chinese": _("Instructions in Chinese"),
    "english": _("Instructions in English"),
}

CHECK_CONTRACT = job_types.register(
    job_types.JobType(
        "inference.check_contract",
        queue="batch",
        label=_("Run a capability check"),
        max_attempts=1,
        stages=CHECKS,
        may_see=job_types.holders_of("inference.view"),
        may_cancel=job_types.holders_of("inference.manage"),
    )
)
