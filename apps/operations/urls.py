from django.urls import URLPattern, URLResolver, path

from apps.operations.announcements import pages as announcements
from apps.operations.announcements.resources import ANNOUNCEMENTS
from apps.operations.switches import pages as switches
from apps.resources.pages import routes

app_name = "operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("switches/", switches.switches, name="switches"),
    path("switches/change/", switches.change_switch, name="change_switch"),
    *routes(ANNOUNCEMENTS, "announcements/"),
    path(
        "announcements/<uuid:announcement_id>/put-away/",
        announcements.put_away,
        name="put_away_announcement",
    ),
]
