from django.utils.translation import gettext_lazy as _

from apps.jobs import job_types

STAGES = {"reading": _("Reading the document"), "translating": _("Translating")}

TRANSLATE_TEXT = job_types.register(
    job_types.JobType(
        "translation.translate_text",
        queue="interactive",
        label=_("Translate a text"),
        stages=STAGES,
        may_see=job_types.holders_of("translation.use"),
        may_cancel=job_types.holders_of("translation.use"),
        is_sealed=True,
    )
)
RUN_EVALUATION = job_types.register(
    job_types.JobType(
        "translation.run_evaluation",
        queue="batch",
        label=_("Run the translation evaluation"),
        is_repeatable=True,
        stages={"asking": _("Translating")},
        may_see=job_types.holders_of("translation.use"),
        may_cancel=job_types.holders_of("translation.manage"),
    )
)
TRANSLATE_DOCUMENT = job_types.register(
    job_types.JobType(
        "translation.translate_document",
        queue="batch",
        label=_("Translate a document"),
        stages=STAGES,
        may_see=job_types.holders_of("translation.use"),
        may_cancel=job_types.holders_of("translation.use"),
        is_sealed=True,
    )
)
