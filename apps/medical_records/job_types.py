from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.jobs import job_types
from apps.medical_records.patients.selectors import visible_patients
from apps.medical_records.records.models import MedicalRecord


def _drafts_of_treated_patients(permission: str) -> job_types.Rule:
    """The jobs of records whose patient the actor treats."""

    def rule(actor: Actor) -> Q | None:
        if not actor.may(permission):
            return None
        treated = visible_patients(actor).order_by().values("pk")
        records = MedicalRecord.objects.within(actor.organisation).filter(patient__in=treated)
        named = Concat(Value("medical_record:"), Cast(F("pk"), CharField()), output_field=CharField())
        return Q(subject__in=records.order_by().annotate(subject=named).values("subject"))

    return rule


DRAFT_RECORD = job_types.register(
    job_types.JobType(
        "medical_records.draft_record",
        queue="interactive",
        label=_("Draft a medical record"),
        is_announced_by_desk=True,
        stages={
            "reading": _("Reading the transcript"),
            "drafting": _("Writing the record"),
            "checking": _("Checking against the transcript"),
        },
        may_see=_drafts_of_treated_patients("records.view"),
        may_cancel=_drafts_of_treated_patients("records.write"),
        is_sealed=True,
        open_rows=lambda inputs: MedicalRecord.objects.filter(pk=inputs["record_id"]).first(),
    )
)
IMPORT_CATALOGUE = job_types.register(
    job_types.JobType(
        "medical_records.import_catalogue",
        queue="ingest",
        label=_("Import a catalogue"),
        max_attempts=1,
        stages={"reading": _("Reading the file"), "storing": _("Storing the entries")},
        may_see=job_types.holders_of("records.manage"),
        may_cancel=job_types.holders_of("records.manage"),
    )
)
LEARN_CODES = job_types.register(
    job_types.JobType(
        "medical_records.learn_codes",
        queue="batch",
        label=_("Train on confirmed codes"),
        stages={"learning": _("Training on confirmed codes")},
        may_see=job_types.holders_of("records.manage"),
        may_cancel=job_types.holders_of("records.manage"),
    )
)
