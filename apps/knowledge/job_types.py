from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

STAGES = {
    "parsing": _("Reading the file"),
    "cutting": _("Splitting into passages"),
    "embedding": _("Embedding the passages"),
}

INGEST_DOCUMENT = job_types.register(
    job_types.JobType(
        "knowledge.ingest_document",
        queue="ingest",
        label=_("Read a document"),
        is_announced_by_desk=True,
        stages=STAGES,
        may_see=job_types.holders_of("knowledge.view"),
        may_cancel=job_types.holders_of("knowledge.edit"),
    )
)
REEMBED_COLLECTION = job_types.register(
    job_types.JobType(
        "knowledge.reembed_collection",
        queue="ingest",
        label=_("Re-embed a collection"),
        is_repeatable=True,
        stages=STAGES,
        may_see=job_types.holders_of("knowledge.view"),
        may_cancel=job_types.holders_of("knowledge.edit"),
    )
)
