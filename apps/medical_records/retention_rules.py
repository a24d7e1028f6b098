from django.utils.translation import gettext_lazy as _

from apps.medical_records.patients.models import Patient
from apps.medical_records.privacy import services as privacy
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.settings.services import PREFERENCES
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule
from apps.speech.models import Recording

# Leap years included: thirty years are a week more than 30 × 365 days.
DAYS_OF_A_YEAR = 365.25

retention_rules.register(
    RetentionRule(
        "medical_sound",
        _("Audio of signed consultations"),
        _("Medical records"),
        settings=PREFERENCES,
        setting="audio_days",
        rows=Recording.objects.filter(encounter__record__state=MedicalRecord.State.SIGNED),
        since="encounter__record__signed_at",
        erase_row=privacy.erase_sound,
        erased_action="encounter.sound_erased",
    ),
    RetentionRule(
        "patients",
        _("Patients and their records, from the last visit"),
        _("Medical records"),
        settings=PREFERENCES,
        setting="record_years",
        unit_days=DAYS_OF_A_YEAR,
        rows=Patient.objects.kept().exclude(last_seen_at__isnull=True),
        since="last_seen_at",
        erase_row=privacy.erase_outdated,
        erased_action="patient.erased",
    ),
)
