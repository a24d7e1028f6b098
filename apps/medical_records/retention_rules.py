from django.utils.translation import gettext_lazy as _

from apps.medical_records.patients.models import Patient
from apps.medical_records.privacy.selectors import DAYS_OF_A_YEAR
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.settings.services import PREFERENCES
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.speech.models import Recording

retention_rules.register(
    RetentionRule(
        "medical_sound",
        _("Audio of signed consultations"),
        _("Medical records"),
        settings=PREFERENCES,
        setting="audio_days",
        rows=lambda organisation: Recording.objects.within(organisation).filter(
            encounter__record__state=MedicalRecord.State.SIGNED
        ),
        since="encounter__record__signed_at",
        erased_action="encounter.sound_erased",
    ),
    RetentionRule(
        "patients",
        _("Patients and their records, from the last visit"),
        _("Medical records"),
        settings=PREFERENCES,
        setting="record_years",
        unit_days=DAYS_OF_A_YEAR,
        rows=lambda organisation: (
            Patient.objects.within(organisation).kept().exclude(last_seen_at__isnull=True)
        ),
        since="last_seen_at",
        erased_action="patient.erased",
    ),
)
