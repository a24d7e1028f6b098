from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.speech import acts, views

app_name = "speech"
urlpatterns = [
    path("", views.recordings, name="recordings"),
    path("export/", views.export_recordings, name="export_recordings"),
    path("preferences/", views.preferences, name="preferences"),
    path("<uuid:recording_id>/", views.recording, name="recording"),
    path("<uuid:recording_id>/who/", views.RECORDING_ACCESS.page(), name="who_sees_recording"),
    *act_routes(acts),
]
