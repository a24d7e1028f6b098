from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from apps.accounts import api as accounts
from apps.audit import api as audit
from apps.inference import api as inference
from apps.jobs import api as jobs

router = SimpleRouter()
router.register("jobs", jobs.JobViewSet, basename="job")
router.register("members", accounts.MemberViewSet, basename="member")
router.register("invitations", accounts.InvitationViewSet, basename="invitation")
router.register("api-keys", accounts.ApiKeyViewSet, basename="api-key")
router.register("audit", audit.AuditViewSet, basename="audit-entry")
router.register("inference/endpoints", inference.EndpointViewSet, basename="endpoint")
router.register("inference/calls", inference.InferenceCallViewSet, basename="inference-call")
router.register("inference/quotas", inference.QuotaViewSet, basename="quota")

urlpatterns = [
    *router.urls,
    path("me/", accounts.MeView.as_view(), name="me"),
    path("organisation/", accounts.OrganisationView.as_view(), name="organisation"),
    path("jobs/<uuid:job_id>/events/", jobs.job_events, name="job-events"),
]

documentation = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("redoc/", SpectacularRedocView.as_view(url_name="api-schema"), name="api-redoc"),
]
