from django.urls import path

from apps.medical_records.views import catalogues, figures, privacy

app_name = "medical_records"

urlpatterns = [
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
]
