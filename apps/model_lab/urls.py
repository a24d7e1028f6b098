from django.urls import path

from apps.model_lab import pages

app_name = "model_lab"
urlpatterns = [
    path("", pages.cards, name="cards"),
    path("compare/", pages.comparison, name="comparison"),
]
