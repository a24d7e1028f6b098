from django.urls import path

from apps.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("day/", views.day, name="day"),
    path("file-offers/", views.file_offers, name="file_offers"),
    path("find/", views.find, name="find"),
    path("language/", views.set_language, name="set_language"),
    path("organisation/switch/", views.switch_organisation, name="switch_organisation"),
    path("no-organisation/", views.no_organisation, name="no_organisation"),
]
