from django.urls import include, path

from apps.evaluation import urls as evaluation
from apps.model_lab.cards import pages as cards
from apps.model_lab.exams.evaluation_adapter import ADAPTER
from apps.model_lab.recommendation import pages as recommendation

app_name = "model_lab"
urlpatterns = [
    path("", cards.cards, name="cards"),
    path("compare/", cards.comparison, name="comparison"),
    path("recommendation/", recommendation.recommendation, name="recommendation"),
    path("exams/", include(evaluation.patterns(ADAPTER))),
]
