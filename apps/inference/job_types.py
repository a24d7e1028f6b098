from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
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
    "voice_chinese": _("Reading Chinese aloud"),
    "voice_english": _("Reading English aloud"),
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


def _own_trials(actor: Actor) -> Q | None:
    """What somebody tries is nobody else's business."""
    return Q(member=actor.member) if actor.member and actor.may("inference.use") else None


TRY_ENDPOINT = job_types.register(
    job_types.JobType(
        "inference.try_endpoint",
        queue="interactive",
        label=_("Try a model"),
        max_attempts=1,
        may_see=_own_trials,
        may_cancel=_own_trials,
        is_sealed=True,
        is_announced_by_desk=True,
    )
)
