from django.urls import path

from apps.medical_records.views import exports, preferences

app_name = "medical_records"

urlpatterns = [
    # What leaves
    path("records/<uuid:medical_record_id>/export/", exports.export, name="export_record"),
    # How the hospital prints, keeps and counts
    path("preferences/", preferences.preferences, name="preferences"),
]
