from django.urls import path

from apps.medical_records.views import record_edits, record_pages, record_signing, record_templates, records

app_name = "medical_records"

urlpatterns = [
    path("", records.records, name="records"),
    path("records/<uuid:medical_record_id>/", record_pages.record, name="record"),
    path("records/<uuid:medical_record_id>/sound/", record_pages.record_sound, name="record_sound"),
    path("records/<uuid:medical_record_id>/versions/", record_pages.record_versions, name="record_versions"),
    path("records/<uuid:medical_record_id>/field/", record_edits.record_field, name="record_field"),
    path("records/<uuid:medical_record_id>/edit/", record_edits.edit_record, name="edit_record"),
    path("records/<uuid:medical_record_id>/codes/", record_edits.record_codes, name="record_codes"),
    path("records/<uuid:medical_record_id>/review/", record_signing.review_record, name="review_record"),
    path("records/<uuid:medical_record_id>/return/", record_signing.return_record, name="return_record"),
    path("records/<uuid:medical_record_id>/sign/", record_signing.sign_record, name="sign_record"),
    path("records/<uuid:medical_record_id>/amend/", record_signing.amend_record, name="amend_record"),
    path(
        "records/<uuid:medical_record_id>/discard/",
        record_signing.discard_amendment,
        name="discard_amendment",
    ),
    path("records/<uuid:medical_record_id>/retry/", record_signing.retry_record, name="retry_record"),
    path("templates/", record_templates.templates, name="templates"),
    path("templates/new/", record_templates.new_template, name="new_template"),
    path("templates/<uuid:record_template_id>/", record_templates.template, name="template"),
    path("templates/<uuid:record_template_id>/edit/", record_templates.edit_template, name="edit_template"),
    path("templates/<uuid:record_template_id>/copy/", record_templates.copy_template, name="copy_template"),
    path(
        "templates/<uuid:record_template_id>/archive/",
        record_templates.archive_template,
        name="archive_template",
    ),
]
