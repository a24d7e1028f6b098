"""What concerns patients stands here as a row with its times and its state, and nothing that tells who or what."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, TableAdmin, register
from apps.medical_records import models as desk
from apps.medical_records.middleware import rows_opened


class PatientTableAdmin(TableAdmin):
    """Nothing sealed is read for these pages, so no patient's rows were opened that a trail would have to tell of."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        with rows_opened():
            answer = super().changelist_view(request, extra_context)
            return answer.render() if hasattr(answer, "render") else answer

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with rows_opened():
            answer = super().changeform_view(request, *args, **kwargs)
            return answer.render() if hasattr(answer, "render") else answer


register(
    Table(
        desk.MedicalRecord,
        _("Medical records"),
        "state department author created_at signed_at",
        "encounter patient template_version job reviewed_by reviewed_at drafted_at revision updated_at",
    ),
    Table(
        desk.Encounter,
        _("Encounters"),
        "kind department clinician seen_at",
        "patient template_version recording api_key has_consent created_at",
    ),
    tab=_("Records"),
    admin_class=PatientTableAdmin,
)
register(
    Table(desk.Patient, _("Patients"), "created_at last_seen_at erased_at"),
    Table(
        desk.CareRelation,
        _("Treatment relations"),
        "kind member department since until",
        "patient granted_by",
    ),
    tab=_("Patients"),
    admin_class=PatientTableAdmin,
)
register(
    Table(
        desk.RecordTemplate, _("Record templates"), "name key language is_builtin archived_at", is_named=True
    ),
    Table(
        desk.Catalogue,
        _("Code catalogues"),
        "name system language entry_count is_current created_at",
        is_named=True,
    ),
    tab=_("Templates"),
)
register(
    Table(desk.Department, _("Departments"), "name is_active", search=("name",), is_named=True),
    Table(desk.Clinician, _("Clinicians"), "member title", is_named=True),
    tab=_("Access"),
)
register(
    Table(
        desk.MedicalPreferences,
        _("Medical settings"),
        "hospital_name audio_days record_years emergency_hours",
        is_named=True,
    ),
    tab=_("Hospital settings"),
)
register(
    Table(
        desk.EncounterTranscript,
        _("Consultation transcripts"),
        "encounter has_speech is_incomplete seconds revision updated_at",
    ),
    Table(desk.WordCorrection, _("Word corrections"), "encounter corrected_by created_at"),
    Table(
        desk.RecordVersion,
        _("Record versions"),
        "record number kind created_at signed_at",
        "author model_name signed_by fingerprint previous_fingerprint",
    ),
    admin_class=PatientTableAdmin,
)
register(
    Table(
        desk.SigningFigures,
        _("Signing metrics"),
        "statements unsupported entered audio_seconds signed_at",
        "version",
    ),
    Table(
        desk.RecordTemplateVersion, _("Versions of record templates"), "template number created_by created_at"
    ),
    Table(desk.CatalogueEntry, _("Catalogue entries"), "catalogue code name", is_named=True),
    Table(desk.ConfirmedCode, _("Confirmed codes"), "system confirmed_by created_at"),
)
