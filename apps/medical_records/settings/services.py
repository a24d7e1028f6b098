from apps.accounts.organisation_settings import OrganisationSettings
from apps.medical_records.settings.models import MedicalPreferences

PREFERENCES = OrganisationSettings(
    MedicalPreferences,
    fields=(
        "hospital_name",
        "letterhead",
        "minutes_by_hand",
        "signs_own_drafts",
        "emergency_hours",
        "audio_days",
        "record_years",
    ),
    action="medical_preferences.changed",
    may_view="records.view",
    may_change="records.manage",
)
