from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs import kinds
from apps.medical_records.models import MedicalRecord
from apps.medical_records.patients.selectors import visible_patients


def _may_follow(actor: Actor, inputs: Mapping[str, Any]) -> bool:
    """Who treats the patient."""
    treated = visible_patients(actor).order_by().values("pk")
    records = MedicalRecord.objects.within(actor.organisation).filter(pk=inputs["record_id"])
    return actor.may("records.view") and records.filter(patient__in=treated).exists()


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
        may_follow=_may_follow,
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
