"""Under /api/v1/."""

from rest_framework.routers import SimpleRouter

from apps.connectors import api

router = SimpleRouter()
router.register("document-sources", api.DocumentSourceViewSet, basename="document-source")
router.register("source-items", api.SourceItemViewSet, basename="source-item")
urlpatterns = router.urls
