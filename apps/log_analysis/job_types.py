from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs import job_types

STAGES = {
    "reading": _("Reading"),
    "mining": _("Finding templates"),
    "storing": _("Storing records"),
    "detecting": _("Detecting anomalies"),
    "explaining": _("Finding the cause"),
    "naming": _("Naming templates"),
    "deleting": _("Deleting"),
}
_MAY_SEE = job_types.holders_of("logs.view")
_MAY_CANCEL = job_types.holders_of("logs.manage")


def _who_asked(actor: Actor) -> Q | None:
    """A question is read by whoever asked it, and so is its job."""
    if not actor.may("logs.view"):
        return None
    return Q(member=actor.member) if actor.member else Q(api_key=actor.api_key, member=None)


READ_FILE = job_types.register(
    job_types.JobType(
        "log_analysis.read_file",
        queue="ingest",
        label=_("Analyse a log file"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_CANCEL,
    )
)
READ_SOURCE = job_types.register(
    job_types.JobType(
        "log_analysis.read_source",
        queue="ingest",
        label=_("Read logs from a source"),
        stages=STAGES,
        # A batch that workers die of shows itself by the third; what they read before is not its fault.
        max_attempts=8,
        may_see=_MAY_SEE,
        may_cancel=_MAY_CANCEL,
    )
)
EXPLAIN_INCIDENT = job_types.register(
    job_types.JobType(
        "log_analysis.explain_incident",
        queue="interactive",
        label=_("Find the cause of an incident"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
        is_sealed=True,
    )
)
READ_QUESTION = job_types.register(
    job_types.JobType(
        "log_analysis.read_question",
        queue="interactive",
        label=_("Interpret a question about logs"),
        stages=STAGES,
        may_see=_who_asked,
        may_cancel=_who_asked,
        is_sealed=True,
    )
)
DELETE_SOURCE = job_types.register(
    job_types.JobType(
        "log_analysis.delete_source",
        queue="batch",
        label=_("Delete a log source"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_CANCEL,
    )
)
NAME_TEMPLATES = job_types.register(
    job_types.JobType(
        "log_analysis.name_templates",
        queue="batch",
        label=_("Name log templates"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_CANCEL,
    )
)
