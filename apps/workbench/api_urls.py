"""Under /api/v1/."""

from rest_framework.routers import SimpleRouter

from apps.workbench import api

router = SimpleRouter()
router.register("apps", api.AppViewSet, basename="app")
router.register(r"apps/(?P<app_name>[a-z][a-z0-9_]{0,39})/runs", api.AppRunViewSet, basename="app-run")
urlpatterns = router.urls
