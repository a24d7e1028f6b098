"""Under /api/v1/."""

from rest_framework.routers import SimpleRouter

from apps.model_lab.cards.api import CardViewSet
from apps.model_lab.exams import api
from apps.model_lab.recommendation.api import RecommendationViewSet

router = SimpleRouter()
router.register("model-lab/questions", api.ExamQuestionViewSet, basename="exam-question")
router.register("model-lab/runs", api.ExamRunViewSet, basename="exam-run")
router.register("model-lab/cards", CardViewSet, basename="model-card")
router.register("model-lab/recommendation", RecommendationViewSet, basename="model-recommendation")

urlpatterns = router.urls
