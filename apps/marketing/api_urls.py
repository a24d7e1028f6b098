"""Under /api/v1/."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.marketing.briefs.api import BriefViewSet
from apps.marketing.campaigns.api import CampaignViewSet
from apps.marketing.channels.api import ChannelOverrideViewSet, ChannelsView
from apps.marketing.copywriting import api as copywriting
from apps.marketing.experiments import api as experiments
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from apps.marketing.groups.api import PeopleClusteringViewSet
from apps.marketing.imports.api import PeopleImportViewSet
from apps.marketing.profiles.api import PersonViewSet
from apps.marketing.recommendation import api as recommendation
from apps.marketing.segments.api import SegmentViewSet
from apps.marketing.video_scripts import api as video_scripts

router = SimpleRouter()
router.register("marketing/briefs", BriefViewSet, basename="brief")
router.register("marketing/copy-requests", copywriting.CopyRequestViewSet, basename="copy-request")
router.register("marketing/copy", copywriting.CopyVariantViewSet, basename="copy-variant")
router.register("marketing/rewrites", copywriting.SpanRewriteViewSet, basename="span-rewrite")
router.register("marketing/video-scripts", video_scripts.VideoScriptViewSet, basename="video-script")
router.register("marketing/channel-overrides", ChannelOverrideViewSet, basename="channel-override")
# People and segments.
router.register("marketing/people", PersonViewSet, basename="person")
router.register("marketing/people-imports", PeopleImportViewSet, basename="people-import")
router.register("marketing/clusterings", PeopleClusteringViewSet, basename="people-clustering")
router.register("marketing/segments", SegmentViewSet, basename="segment")
router.register("marketing/experiments", experiments.ExperimentViewSet, basename="experiment")
router.register(
    "marketing/policy-estimates", recommendation.PolicyEstimateViewSet, basename="policy-estimate"
)
router.register("marketing/campaigns", CampaignViewSet, basename="campaign")

SCRIPT = "marketing/video-scripts/<uuid:video_script_id>/"
urlpatterns = [
    path("marketing/events/", experiments.MarketingEventsView.as_view(), name="marketing-events"),
    path("marketing/order-settings/", ORDER_SETTINGS.api_view(), name="order-settings"),
    path("marketing/copy/check/", copywriting.CopyCheckView.as_view(), name="copy-check"),
    *router.urls,
    path("marketing/channels/", ChannelsView.as_view(), name="marketing-channels"),
    path(
        "marketing/briefs/<uuid:brief_id>/export/<slug:channel>/<slug:file_type>/",
        copywriting.CopyExportView.as_view(),
        name="copy-export",
    ),
    path(
        f"{SCRIPT}export/<slug:file_type>/",
        video_scripts.VideoScriptExportView.as_view(),
        name="video-script-export",
    ),
    path(f"{SCRIPT}sound/", video_scripts.VideoScriptSoundView.as_view(), name="video-script-sound"),
    path("marketing/video-platforms/", video_scripts.VideoPlatformsView.as_view(), name="video-platforms"),
    # Recommendation.
    path("marketing/recommendation/", recommendation.RecommendationView.as_view(), name="recommendation"),
    path(
        "marketing/segments/<uuid:segment_id>/recommendation/",
        recommendation.SegmentRecommendationView.as_view(),
        name="segment-recommendation",
    ),
    path(
        "marketing/people/<uuid:person_id>/recommendation/",
        recommendation.PersonRecommendationView.as_view(),
        name="person-recommendation",
    ),
    path(
        "marketing/experiments/<uuid:experiment_id>/decisions/",
        recommendation.DecisionsView.as_view(),
        name="marketing-decisions",
    ),
    path("marketing/figures/", copywriting.CopyFiguresView.as_view(), name="marketing-figures"),
]
