from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

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
_MAY_USE, _MAY_SEE_PEOPLE = job_types.holders_of("marketing.use"), job_types.holders_of("marketing.people")
_OfDesk = partial(job_types.JobType, stages=STAGES, may_see=_MAY_USE, may_cancel=_MAY_USE)
_OfPeople = partial(job_types.JobType, stages=STAGES, may_see=_MAY_SEE_PEOPLE, may_cancel=_MAY_SEE_PEOPLE)

# Somebody waits for these.
READ_SOURCE = _OfDesk("marketing.read_source", "interactive", _("Extract product facts"))
LEARN_VOICE = _OfDesk("marketing.learn_voice", "interactive", _("Describe a brand's voice"))
WRITE_COPY = _OfDesk("marketing.write_copy", "interactive", _("Write marketing copy"))
REWRITE_SPAN = _OfDesk("marketing.rewrite_span", "interactive", _("Rewrite a part of marketing copy"))
TRANSLATE_COPY = _OfDesk("marketing.translate_copy", "interactive", _("Translate marketing copy"))
WRITE_SCRIPT = _OfDesk("marketing.write_script", "interactive", _("Write a video script"))
READ_SCRIPT_ALOUD = _OfDesk("marketing.read_script_aloud", "interactive", _("Read a video script aloud"))
READ_SEGMENT_QUESTION = _OfPeople(
    "marketing.read_segment_question", "interactive", _("Read a segment description")
)
# Not behind files that are read for minutes: shares are to be fresh within seconds.
COUNT_EVENTS = _OfDesk("marketing.count_events", "interactive", _("Count message responses"))

IMPORT_PEOPLE = _OfPeople("marketing.import_people", "ingest", _("Import people"))
EVALUATE_SEGMENT = _OfPeople("marketing.evaluate_segment", "batch", _("Compute segment members"))
CLUSTER_PEOPLE = _OfPeople("marketing.cluster_people", "batch", _("Cluster people"))
ESTIMATE_POLICIES = _OfDesk("marketing.estimate_policies", "batch", _("Estimate policy effects"))
SEND_CAMPAIGN = _OfDesk(
    "marketing.send_campaign",
    "batch",
    _("Send a campaign"),
    may_cancel=job_types.holders_of("marketing.send"),
)

for each in (
    READ_SOURCE,
    LEARN_VOICE,
    WRITE_COPY,
    REWRITE_SPAN,
    TRANSLATE_COPY,
    WRITE_SCRIPT,
    READ_SCRIPT_ALOUD,
    READ_SEGMENT_QUESTION,
    COUNT_EVENTS,
    IMPORT_PEOPLE,
    EVALUATE_SEGMENT,
    CLUSTER_PEOPLE,
    ESTIMATE_POLICIES,
    SEND_CAMPAIGN,
):
    job_types.register(each)
