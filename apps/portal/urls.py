from django.urls import path

from apps.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("no-organisation/", views.no_organisation, name="no_organisation"),
]
