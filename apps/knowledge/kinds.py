from django.utils.translation import gettext_lazy as _

from apps.jobs import kinds

STAGES = {
    "parsing": _("Reading the file"),
    "cutting": _("Cutting into passages"),
    "embedding": _("Embedding the passages"),
}

INGEST_DOCUMENT = kinds.register(
    kinds.Kind(
        "knowledge.ingest_document",
        queue="ingest",
        label=_("Read a document"),
        is_announced_by_desk=True,
        stages=STAGES,
        may_see=kinds.holders_of("knowledge.view"),
        may_cancel=kinds.holders_of("knowledge.edit"),
    )
)
REEMBED_COLLECTION = kinds.register(
    kinds.Kind(
        "knowledge.reembed_collection",
        queue="ingest",
        label=_("Embed a collection again"),
        is_repeatable=True,
        stages=STAGES,
        may_see=kinds.holders_of("knowledge.view"),
        may_cancel=kinds.holders_of("knowledge.edit"),
    )
)
