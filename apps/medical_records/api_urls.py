"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.medical_records.api import (
    catalogues,
    encounters,
    exports,
    figures,
    patients,
    preferences,
    privacy,
    record_templates,
    records,
)

router = SimpleRouter()
router.register("medical/catalogues", catalogues.CatalogueViewSet, basename="catalogue")
router.register("medical/patients", patients.PatientViewSet, basename="patient")
router.register("medical/departments", patients.DepartmentViewSet, basename="department")
router.register("medical/templates", record_templates.RecordTemplateViewSet, basename="record-template")
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
    path("medical/figures/", figures.FiguresView.as_view(), name="medical-figures"),
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
    path(
        "medical/preferences/",
        preferences.MedicalPreferencesView.as_view(),
        name="medical-preferences",
    ),
]
