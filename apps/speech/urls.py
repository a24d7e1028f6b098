from django.urls import path

from apps.accounts.act_declaration import act_routes
from apps.resources.pages import list_route
from apps.speech import acts, pages
from apps.speech.resources import RECORDINGS

app_name = "speech"
urlpatterns = [
    list_route(RECORDINGS, ""),
    path("export/", pages.export_recordings, name="export_recordings"),
    path("preferences/", pages.preferences, name="preferences"),
    path("<uuid:recording_id>/", pages.recording, name="recording"),
    path("<uuid:recording_id>/who/", pages.RECORDING_ACCESS.page(), name="who_sees_recording"),
    *act_routes(acts),
]
