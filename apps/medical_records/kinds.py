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
IMPORT_CATALOGUE = kinds.register(
    kinds.Kind(
        "medical_records.import_catalogue",
        queue="ingest",
        label=_("Import a catalogue"),
        max_attempts=1,
        stages={"reading": _("Reading the file"), "storing": _("Storing the entries")},
    )
)
LEARN_CODES = kinds.register(
    kinds.Kind(
        "medical_records.learn_codes",
        queue="batch",
        label=_("Learn from confirmed codes"),
        stages={"learning": _("Learning from what was confirmed")},
    )
)
