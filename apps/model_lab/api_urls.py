"""Under /api/v1/."""

from rest_framework.routers import SimpleRouter

from apps.model_lab.cards.api import CardViewSet
from apps.model_lab.exams import api

router = SimpleRouter()
router.register("model-lab/questions", api.ExamQuestionViewSet, basename="exam-question")
router.register("model-lab/runs", api.ExamRunViewSet, basename="exam-run")
router.register("model-lab/cards", CardViewSet, basename="model-card")

urlpatterns = router.urls
