"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.model_lab.cards.api import CardViewSet
from apps.model_lab.exams import api
from apps.model_lab.recommendation.api import RecommendationViewSet
from apps.model_lab.side_by_side import api as side_by_side

router = SimpleRouter()
router.register("model-lab/questions", api.ExamQuestionViewSet, basename="exam-question")
router.register("model-lab/runs", api.ExamRunViewSet, basename="exam-run")
router.register("model-lab/cards", CardViewSet, basename="model-card")
router.register("model-lab/recommendation", RecommendationViewSet, basename="model-recommendation")
router.register("model-lab/comparisons", side_by_side.ModelComparisonViewSet, basename="model-comparison")

urlpatterns = [
    *router.urls,
    path("model-lab/arena/", side_by_side.ArenaView.as_view(), name="model-lab-arena"),
]
