from django.urls import path

from apps.analytics.pages import urls as report_urls
from apps.medical_records.analytics.report import REPORT
from apps.medical_records.coding import pages as coding
from apps.medical_records.encounters import pages as encounters
from apps.medical_records.exports import pages as exports
from apps.medical_records.patients import pages as patients
from apps.medical_records.patients import pages as patients_pages
from apps.medical_records.patients.resources import DEPARTMENTS
from apps.medical_records.privacy import pages as privacy
from apps.medical_records.records import edit_pages
from apps.medical_records.records import pages as records
from apps.medical_records.records import pages as records_pages
from apps.medical_records.settings.services import PREFERENCES
from apps.medical_records.signing import pages as signing
from apps.medical_records.templates import pages as templates
from apps.resources.pages import routes

app_name = "medical_records"

urlpatterns = [
    path("", records_pages.records, name="records"),
    path("records/<uuid:medical_record_id>/", records.record, name="record"),
    path("records/<uuid:medical_record_id>/sound/", records.record_sound, name="record_sound"),
    path("records/<uuid:medical_record_id>/versions/", records.record_versions, name="record_versions"),
    path("records/<uuid:medical_record_id>/field/", edit_pages.record_field, name="record_field"),
    path("records/<uuid:medical_record_id>/edit/", edit_pages.edit_record, name="edit_record"),
    path(
        "records/<uuid:medical_record_id>/put-back/",
        edit_pages.put_back_statement,
        name="put_back_statement",
    ),
    path("records/<uuid:medical_record_id>/codes/", edit_pages.record_codes, name="record_codes"),
    path("records/<uuid:medical_record_id>/review/", signing.review_record, name="review_record"),
    path(
        "records/<uuid:medical_record_id>/newest-draft/",
        signing.take_newest_draft,
        name="take_newest_draft",
    ),
    path("records/<uuid:medical_record_id>/return/", signing.return_record, name="return_record"),
    path("records/<uuid:medical_record_id>/sign/", signing.sign_record, name="sign_record"),
    path("records/<uuid:medical_record_id>/amend/", signing.amend_record, name="amend_record"),
    path(
        "records/<uuid:medical_record_id>/discard/",
        signing.discard_amendment,
        name="discard_amendment",
    ),
    path("records/<uuid:medical_record_id>/retry/", signing.retry_record, name="retry_record"),
    path(
        "records/<uuid:medical_record_id>/draft-with-model/",
        signing.draft_with_model,
        name="draft_with_model",
    ),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.new_template, name="new_template"),
    path("templates/<uuid:record_template_id>/", templates.template, name="template"),
    path("templates/<uuid:record_template_id>/edit/", templates.edit_template, name="edit_template"),
    path("templates/<uuid:record_template_id>/copy/", templates.copy_template, name="copy_template"),
    path(
        "templates/<uuid:record_template_id>/archive/",
        templates.archive_template,
        name="archive_template",
    ),
    path("patients/", patients_pages.patients, name="patients"),
    path("patients/search/", patients_pages.search_patients, name="search_patients"),
    path("patients/choices/", patients_pages.patient_choices, name="patient_choices"),
    path("patients/new/", patients_pages.new_patient, name="new_patient"),
    path("patients/emergency/", patients_pages.emergency, name="emergency"),
    path("patients/<uuid:patient_id>/", patients_pages.patient, name="patient"),
    path("patients/<uuid:patient_id>/change/", patients_pages.change_patient, name="change_patient"),
    path("patients/<uuid:patient_id>/relations/", patients_pages.add_relation, name="add_relation"),
    path(
        "patients/<uuid:patient_id>/relations/<uuid:care_relation_id>/end/",
        patients_pages.end_relation,
        name="end_relation",
    ),
    path("patients/<uuid:patient_id>/who/", patients.PATIENT_ACCESS.page(), name="who_sees_patient"),
    path(
        "encounters/<uuid:encounter_id>/who/", encounters.ENCOUNTER_ACCESS.page(), name="who_sees_encounter"
    ),
    path("records/<uuid:medical_record_id>/who/", records.RECORD_ACCESS.page(), name="who_sees_record"),
    path("encounters/new/", encounters.new_encounter, name="new_encounter"),
    path("encounters/<uuid:encounter_id>/", encounters.encounter, name="encounter"),
    path("encounters/<uuid:encounter_id>/text/", encounters.enter_text, name="enter_text"),
    path("encounters/<uuid:encounter_id>/end/", encounters.end_recording, name="end_recording"),
    path("encounters/<uuid:encounter_id>/discard/", encounters.discard_recording, name="discard_recording"),
    path("encounters/<uuid:encounter_id>/retry/", encounters.retry_transcription, name="retry_transcription"),
    path("encounters/<uuid:encounter_id>/stop/", encounters.stop_transcription, name="stop_transcription"),
    path("encounters/<uuid:encounter_id>/draft/", encounters.draft_again, name="draft_again"),
    path("departments/", patients.department_list, name="departments"),
    *routes(DEPARTMENTS, "departments/", without=("departments",)),
    path("clinicians/<uuid:membership_id>/", patients.clinician, name="clinician"),
    path("catalogues/", coding.catalogues, name="catalogues"),
    path("catalogues/<uuid:catalogue_id>/", coding.catalogue, name="catalogue"),
    path("catalogues/<uuid:catalogue_id>/learn/", coding.learn_codes, name="learn_codes"),
    path("catalogues/<uuid:catalogue_id>/delete/", coding.delete_catalogue, name="delete_catalogue"),
    *report_urls(REPORT),
    path("emergencies/", privacy.emergencies, name="emergencies"),
    path("patients/<uuid:patient_id>/access/", privacy.access_report, name="access_report"),
    path(
        "patients/<uuid:patient_id>/access/export/", privacy.export_access_report, name="export_access_report"
    ),
    path("patients/<uuid:patient_id>/report/", privacy.patient_report, name="patient_report"),
    path("patients/<uuid:patient_id>/erase/", privacy.erase_patient, name="erase_patient"),
    # What leaves
    path("records/<uuid:medical_record_id>/export/", exports.export, name="export_record"),
    # How the hospital prints, keeps and counts
    path("preferences/", PREFERENCES.page("medical_records/settings/preferences.html"), name="preferences"),
]
