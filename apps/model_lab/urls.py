from django.urls import include, path

from apps.evaluation import urls as evaluation
from apps.model_lab import pages
from apps.model_lab.evaluation_adapter import ADAPTER

app_name = "model_lab"
urlpatterns = [
    path("", pages.cards, name="cards"),
    path("compare/", pages.comparison, name="comparison"),
    path("exams/", include(evaluation.patterns(ADAPTER))),
]
