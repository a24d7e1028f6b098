from django.urls import include, path

from apps.accounts.act_declaration import act_routes
from apps.evaluation import urls as evaluation
from apps.model_lab.cards import pages as cards
from apps.model_lab.exams.evaluation_adapter import ADAPTER
from apps.model_lab.recommendation import pages as recommendation
from apps.model_lab.side_by_side import acts
from apps.model_lab.side_by_side import pages as side_by_side

app_name = "model_lab"
urlpatterns = [
    path("", cards.cards, name="cards"),
    path("compare/", cards.comparison, name="comparison"),
    path("recommendation/", recommendation.recommendation, name="recommendation"),
    path("exams/", include(evaluation.patterns(ADAPTER))),
    path("side-by-side/", side_by_side.side_by_side, name="side_by_side"),
    path(acts.COMPARISON, side_by_side.model_comparison, name="model_comparison"),
    path(
        "side-by-side/answers/<uuid:compared_answer_id>/",
        side_by_side.compared_answer,
        name="compared_answer",
    ),
    *act_routes(acts),
    path("arena/", side_by_side.arena, name="arena"),
]
