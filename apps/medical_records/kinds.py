from django.utils.translation import gettext_lazy as _

from apps.jobs import kinds

DRAFT_RECORD = kinds.register(
    kinds.Kind(
        "medical_records.draft_record",
        queue="interactive",
        label=_("Draft a medical record"),
        is_announced_by_desk=True,
        stages={
            "reading": _("Reading what was said"),
            "drafting": _("Writing the record"),
            "checking": _("Checking it against what was said"),
        },
    )
)
