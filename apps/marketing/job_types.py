from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.jobs import job_types
from apps.jobs.job_types import JobType

PEOPLE = "marketing.people"
STAGES = {
    "reading": _("Reading"),
    "proposing": _("Extracting facts"),
    "describing": _("Describing the voice"),
    "writing": _("Writing"),
    "rewriting": _("Rewriting"),
    "importing": _("Saving people"),
    "evaluating": _("Filtering people"),
    "understanding": _("Reading the description"),
    "grouping": _("Grouping people"),
    "opening": _("Writing openings"),
    "shots": _("Writing shots"),
    "translating": _("Translating"),
    "counting": _("Counting events"),
    "reading_log": _("Reading the assignment log"),
    "estimating": _("Estimating policies"),
    "learning": _("Learning from attributes"),
    "sending": _("Sending"),
    "reading_aloud": _("Reading aloud"),
}


def _registered(
    name: str, queue: str, label: Text, *, permission: str = "marketing.use", cancel_permission: str = ""
) -> JobType:
    """Whoever has the permission sees its jobs, and cancels them where no other one is named for that."""
    return job_types.register(
        JobType(
            name,
            queue,
            label,
            stages=STAGES,
            may_see=job_types.holders_of(permission),
            may_cancel=job_types.holders_of(cancel_permission or permission),
        )
    )


# Somebody waits for these.
READ_SOURCE = _registered("marketing.read_source", "interactive", _("Extract product facts"))
LEARN_VOICE = _registered("marketing.learn_voice", "interactive", _("Describe a brand's voice"))
WRITE_COPY = _registered("marketing.write_copy", "interactive", _("Write marketing copy"))
REWRITE_SPAN = _registered("marketing.rewrite_span", "interactive", _("Rewrite a part of marketing copy"))
TRANSLATE_COPY = _registered("marketing.translate_copy", "interactive", _("Translate marketing copy"))
WRITE_SCRIPT = _registered("marketing.write_script", "interactive", _("Write a video script"))
READ_SCRIPT_ALOUD = _registered("marketing.read_script_aloud", "interactive", _("Read a video script aloud"))
READ_SEGMENT_QUESTION = _registered(
    "marketing.read_segment_question", "interactive", _("Read a segment description"), permission=PEOPLE
)
# Not behind files that are read for minutes: shares are to be fresh within seconds.
COUNT_EVENTS = _registered("marketing.count_events", "interactive", _("Count message responses"))

IMPORT_PEOPLE = _registered("marketing.import_people", "ingest", _("Import people"), permission=PEOPLE)
EVALUATE_SEGMENT = _registered(
    "marketing.evaluate_segment", "batch", _("Compute segment members"), permission=PEOPLE
)
CLUSTER_PEOPLE = _registered("marketing.cluster_people", "batch", _("Cluster people"), permission=PEOPLE)
ESTIMATE_POLICIES = _registered("marketing.estimate_policies", "batch", _("Estimate policy effects"))
SEND_CAMPAIGN = _registered(
    "marketing.send_campaign", "batch", _("Send a campaign"), cancel_permission="marketing.send"
)
