from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from apps.jobs import api as jobs

router = SimpleRouter()
router.register("jobs", jobs.JobViewSet, basename="job")

urlpatterns = [
    *router.urls,
    path("jobs/<uuid:job_id>/events/", jobs.job_events, name="job-events"),
]

documentation = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="api-redoc"),
]
