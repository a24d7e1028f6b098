from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.medical_records.analytics.report import REPORT
from apps.medical_records.coding import acts as coding_acts
from apps.medical_records.coding import pages as coding
from apps.medical_records.encounters import acts as encounters_acts
from apps.medical_records.encounters import pages as encounters
from apps.medical_records.exports import pages as exports
from apps.medical_records.patients import pages as patients
from apps.medical_records.patients import pages as patients_pages
from apps.medical_records.patients.resources import DEPARTMENTS
from apps.medical_records.privacy import pages as privacy
from apps.medical_records.privacy.resources import EMERGENCIES
from apps.medical_records.records import edit_pages
from apps.medical_records.records import pages as records
from apps.medical_records.records import pages as records_pages
from apps.medical_records.settings.services import PREFERENCES
from apps.medical_records.signing import acts as signing_acts
from apps.medical_records.templates import acts as templates_acts
from apps.medical_records.templates import pages as templates
from apps.resources.pages import list_route, routes

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
    *act_routes(signing_acts),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.new_template, name="new_template"),
    path("templates/<uuid:record_template_id>/", templates.template, name="template"),
    path("templates/<uuid:record_template_id>/edit/", templates.edit_template, name="edit_template"),
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
    *act_routes(templates_acts),
    *act_routes(encounters_acts),
    path("encounters/new/", encounters.new_encounter, name="new_encounter"),
    path("encounters/<uuid:encounter_id>/", encounters.encounter, name="encounter"),
    path("encounters/<uuid:encounter_id>/text/", encounters.enter_text, name="enter_text"),
    path("encounters/<uuid:encounter_id>/draft/", encounters.draft_again, name="draft_again"),
    path("departments/", patients.department_list, name="departments"),
    *routes(DEPARTMENTS, "departments/", without=("departments",)),
    path("clinicians/<uuid:membership_id>/", patients.clinician, name="clinician"),
    *act_routes(coding_acts),
    path("catalogues/", coding.catalogues, name="catalogues"),
    path("catalogues/<uuid:catalogue_id>/", coding.catalogue, name="catalogue"),
    *report_urls(REPORT),
    list_route(EMERGENCIES, "emergencies/"),
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
