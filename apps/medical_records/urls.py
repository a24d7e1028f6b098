from django.urls import URLPattern, path

from apps.medical_records.views import departments, encounters, patients

app_name = "medical_records"

urlpatterns: list[URLPattern] = [
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
]
