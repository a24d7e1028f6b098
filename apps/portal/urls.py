from django.urls import path

from apps.portal import pages

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("day/", pages.day, name="day"),
    path("file-offers/", pages.file_offers, name="file_offers"),
    path("find/", pages.find, name="find"),
    path("language/", pages.set_language, name="set_language"),
    path("organisation/switch/", pages.switch_organisation, name="switch_organisation"),
    path("no-organisation/", pages.no_organisation, name="no_organisation"),
]
