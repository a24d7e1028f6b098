from django.urls import path

from apps.medical_records.views import (
    catalogues,
    departments,
    encounters,
    exports,
    figures,
    patients,
    preferences,
    privacy,
)

app_name = "medical_records"

urlpatterns = [
    path("patients/", patients.patients, name="patients"),
    path("patients/search/", patients.search_patients, name="search_patients"),
    path("patients/choices/", patients.patient_choices, name="patient_choices"),
    path("patients/new/", patients.new_patient, name="new_patient"),
    path("patients/emergency/", patients.emergency, name="emergency"),
    path("patients/<uuid:patient_id>/", patients.patient, name="patient"),
    path("patients/<uuid:patient_id>/change/", patients.change_patient, name="change_patient"),
    path("patients/<uuid:patient_id>/relations/", patients.add_relation, name="add_relation"),
    path(
        "patients/<uuid:patient_id>/relations/<uuid:care_relation_id>/end/",
        patients.end_relation,
        name="end_relation",
    ),
    path("encounters/new/", encounters.new_encounter, name="new_encounter"),
    path("encounters/<uuid:encounter_id>/", encounters.encounter, name="encounter"),
    path("encounters/<uuid:encounter_id>/text/", encounters.enter_text, name="enter_text"),
    path("encounters/<uuid:encounter_id>/end/", encounters.end_recording, name="end_recording"),
    path("encounters/<uuid:encounter_id>/discard/", encounters.discard_recording, name="discard_recording"),
    path("encounters/<uuid:encounter_id>/retry/", encounters.retry_transcription, name="retry_transcription"),
    path("encounters/<uuid:encounter_id>/stop/", encounters.stop_transcription, name="stop_transcription"),
    path("encounters/<uuid:encounter_id>/draft/", encounters.draft_again, name="draft_again"),
    path("departments/", departments.departments, name="departments"),
    path("departments/new/", departments.new_department, name="new_department"),
    path("departments/<uuid:department_id>/", departments.department, name="department"),
    path("clinicians/<uuid:membership_id>/", departments.clinician, name="clinician"),
    path("catalogues/", catalogues.catalogues, name="catalogues"),
    path("catalogues/<uuid:catalogue_id>/", catalogues.catalogue, name="catalogue"),
    path("catalogues/<uuid:catalogue_id>/learn/", catalogues.learn_codes, name="learn_codes"),
    path("catalogues/<uuid:catalogue_id>/delete/", catalogues.delete_catalogue, name="delete_catalogue"),
    path("figures/", figures.figures, name="figures"),
    path("figures/export/", figures.export_figures, name="export_figures"),
    path("emergencies/", privacy.emergencies, name="emergencies"),
    path("patients/<uuid:patient_id>/access/", privacy.access_report, name="access_report"),
    path(
        "patients/<uuid:patient_id>/access/export/", privacy.export_access_report, name="export_access_report"
    ),
    path("patients/<uuid:patient_id>/erase/", privacy.erase_patient, name="erase_patient"),
    # What leaves
    path("records/<uuid:medical_record_id>/export/", exports.export, name="export_record"),
    # How the hospital prints, keeps and counts
    path("preferences/", preferences.preferences, name="preferences"),
]
