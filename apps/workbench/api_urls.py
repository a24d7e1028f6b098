"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.workbench import api
from apps.workbench.publishing import SETTINGS

router = SimpleRouter()
router.register("apps", api.AppViewSet, basename="app")
router.register(r"apps/(?P<app_name>[a-z][a-z0-9_]{0,39})/runs", api.AppRunViewSet, basename="app-run")
router.register("pictures", api.PictureViewSet, basename="picture")
urlpatterns = [path("apps/settings/", SETTINGS.api_view(), name="app-settings"), *router.urls]
