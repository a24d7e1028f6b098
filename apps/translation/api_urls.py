"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.translation import api

router = SimpleRouter()
router.register("translation/translations", api.TranslationViewSet, basename="translation")
router.register("translation/segments", api.SegmentViewSet, basename="translation-segment")
router.register("translation/glossary", api.GlossaryViewSet, basename="glossary-term")
router.register("translation/memory", api.MemoryViewSet, basename="translation-memory-entry")
router.register(
    "translation/reference-sentences", api.ReferenceSentenceViewSet, basename="translation-reference-sentence"
)
router.register(
    "translation/evaluation-runs", api.EvaluationRunViewSet, basename="translation-evaluation-run"
)

urlpatterns = [
    *router.urls,
    path("translation/figures/", api.FiguresView.as_view(), name="translation-figures"),
]
