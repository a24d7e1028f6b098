from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

STAGES = {
    "reading": _("Reading"),
    "proposing": _("Looking for facts"),
    "describing": _("Describing the voice"),
    "writing": _("Writing"),
    "rewriting": _("Rewriting"),
    "importing": _("Storing people"),
    "evaluating": _("Looking at people"),
    "understanding": _("Reading the words"),
    "grouping": _("Grouping people"),
    "opening": _("Writing openings"),
    "shots": _("Writing shots"),
    "translating": _("Translating"),
    "counting": _("Counting events"),
    # Recommendation.
    "reading_log": _("Reading the log of choices"),
    "estimating": _("Estimating policies"),
    "learning": _("Learning from people's attributes"),
}
_MAY_SEE = job_types.holders_of("marketing.use")

READ_SOURCE = job_types.register(
    job_types.JobType(
        "marketing.read_source",
        queue="interactive",
        label=_("Look for a product's facts"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)
LEARN_VOICE = job_types.register(
    job_types.JobType(
        "marketing.learn_voice",
        queue="interactive",
        label=_("Describe a brand's voice"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)
WRITE_COPY = job_types.register(
    job_types.JobType(
        "marketing.write_copy",
        queue="interactive",
        label=_("Write marketing copy"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)
REWRITE_SPAN = job_types.register(
    job_types.JobType(
        "marketing.rewrite_span",
        queue="interactive",
        label=_("Rewrite a part of marketing copy"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)
WRITE_SCRIPT = job_types.register(
    job_types.JobType(
        "marketing.write_script",
        queue="interactive",
        label=_("Write a video script"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)
TRANSLATE_COPY = job_types.register(
    job_types.JobType(
        "marketing.translate_copy",
        queue="interactive",
        label=_("Translate marketing copy"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)

# People and segments.
_MAY_SEE_PEOPLE = job_types.holders_of("marketing.people")
IMPORT_PEOPLE = job_types.register(
    job_types.JobType(
        "marketing.import_people",
        queue="ingest",
        label=_("Import people"),
        stages=STAGES,
        may_see=_MAY_SEE_PEOPLE,
        may_cancel=_MAY_SEE_PEOPLE,
    )
)
EVALUATE_SEGMENT = job_types.register(
    job_types.JobType(
        "marketing.evaluate_segment",
        queue="batch",
        label=_("Find who is in a segment"),
        stages=STAGES,
        may_see=_MAY_SEE_PEOPLE,
        may_cancel=_MAY_SEE_PEOPLE,
    )
)
READ_SEGMENT_QUESTION = job_types.register(
    job_types.JobType(
        "marketing.read_segment_question",
        queue="interactive",
        label=_("Read a segment in plain words"),
        stages=STAGES,
        may_see=_MAY_SEE_PEOPLE,
        may_cancel=_MAY_SEE_PEOPLE,
    )
)
CLUSTER_PEOPLE = job_types.register(
    job_types.JobType(
        "marketing.cluster_people",
        queue="batch",
        label=_("Group people who are alike"),
        stages=STAGES,
        may_see=_MAY_SEE_PEOPLE,
        may_cancel=_MAY_SEE_PEOPLE,
    )
)
COUNT_EVENTS = job_types.register(
    job_types.JobType(
        # Not behind files that are read for minutes: shares are to be fresh within seconds.
        "marketing.count_events",
        queue="interactive",
        label=_("Count what people did with messages"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)

# Recommendation.
ESTIMATE_POLICIES = job_types.register(
    job_types.JobType(
        "marketing.estimate_policies",
        queue="batch",
        label=_("Estimate what policies would bring"),
        stages=STAGES,
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEE,
    )
)

# Campaigns.
_MAY_SEND = job_types.holders_of("marketing.send")

SEND_CAMPAIGN = job_types.register(
    job_types.JobType(
        "marketing.send_campaign",
        queue="batch",
        label=_("Send a campaign"),
        stages={"sending": _("Sending")},
        may_see=_MAY_SEE,
        may_cancel=_MAY_SEND,
    )
)
