from django.urls import path

from apps.speech import views

app_name = "speech"
urlpatterns = [
    path("", views.recordings, name="recordings"),
    path("export/", views.export_recordings, name="export_recordings"),
    path("preferences/", views.preferences, name="preferences"),
    path("<uuid:recording_id>/", views.recording, name="recording"),
    path("<uuid:recording_id>/who/", views.RECORDING_ACCESS.page(), name="who_sees_recording"),
    path("<uuid:recording_id>/retry/", views.retry_recording, name="retry_recording"),
    path("<uuid:recording_id>/cancel/", views.cancel_recording, name="cancel_recording"),
    path("<uuid:recording_id>/delete/", views.delete_recording, name="delete_recording"),
]
