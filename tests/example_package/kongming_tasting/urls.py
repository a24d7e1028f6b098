from django.urls import path

from kongming_tasting import pages

app_name = "kongming_tasting"
urlpatterns = [path("cups/", pages.cups, name="cups")]
