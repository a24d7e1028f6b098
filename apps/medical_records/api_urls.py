"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.medical_records.analytics import api as analytics
from apps.medical_records.coding import api as coding
from apps.medical_records.encounters import api as encounters
from apps.medical_records.exports import api as exports
from apps.medical_records.patients import api as patients
from apps.medical_records.privacy import api as privacy
from apps.medical_records.records import api as records
from apps.medical_records.settings.services import PREFERENCES
from apps.medical_records.templates import api as templates

router = SimpleRouter()
router.register("medical/catalogues", coding.CatalogueViewSet, basename="catalogue")
router.register("medical/patients", patients.PatientViewSet, basename="patient")
router.register("medical/departments", patients.DepartmentViewSet, basename="department")
router.register("medical/templates", templates.RecordTemplateViewSet, basename="record-template")
router.register("medical/encounters", encounters.EncounterViewSet, basename="encounter")
router.register("medical/records", records.MedicalRecordViewSet, basename="medical-record")

urlpatterns = [
    *router.urls,
    path(
        "medical/patients/<uuid:patient_id>/relations/",
        patients.CareRelationViewSet.as_view({"get": "list", "post": "create"}),
        name="care-relations",
    ),
    path(
        "medical/patients/<uuid:patient_id>/relations/<uuid:care_relation_id>/",
        patients.CareRelationViewSet.as_view({"delete": "destroy"}),
        name="care-relation",
    ),
    path(
        "medical/encounters/<uuid:encounter_id>/events/",
        encounters.encounter_events,
        name="encounter-events",
    ),
    path("medical/figures/", analytics.FiguresView.as_view(), name="medical-figures"),
    path(
        "medical/patients/<uuid:patient_id>/access/",
        privacy.AccessReportView.as_view(),
        name="access-report",
    ),
    path(
        "medical/patients/<uuid:patient_id>/report/",
        privacy.PatientReportView.as_view(),
        name="medical-patient-report",
    ),
    path(
        "medical/patients/<uuid:patient_id>/erase/",
        privacy.ErasureView.as_view(),
        name="erase-patient",
    ),
    path(
        "medical/records/<uuid:medical_record_id>/export/",
        exports.ExportView.as_view(),
        name="medical-record-export",
    ),
    path("medical/preferences/", PREFERENCES.api_view(), name="medical-preferences"),
]
