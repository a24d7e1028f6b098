from django.urls import URLPattern, URLResolver, include, path

from apps.accounts.act_declaration import act_routes
from apps.analytics.pages import urls as report_urls
from apps.marketing import pages
from apps.marketing.briefs import acts as briefs_acts
from apps.marketing.briefs import pages as briefs
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.campaigns import acts as campaigns_acts
from apps.marketing.campaigns import pages as campaigns
from apps.marketing.campaigns.resources import CAMPAIGNS
from apps.marketing.channels import pages as channels
from apps.marketing.channels.resources import CHANNEL_OVERRIDES
from apps.marketing.copywriting import acts as copywriting_acts
from apps.marketing.copywriting import pages as copywriting
from apps.marketing.copywriting.resources import COPY_VARIANTS
from apps.marketing.experiments import acts as experiments_acts
from apps.marketing.experiments import pages as experiments
from apps.marketing.experiments import public_pages
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from apps.marketing.experiments.resources import EXPERIMENTS
from apps.marketing.groups import acts as groups_acts
from apps.marketing.groups import pages as groups
from apps.marketing.imports import acts as imports_acts
from apps.marketing.imports import pages as imports
from apps.marketing.profiles import acts as profiles_acts
from apps.marketing.profiles import pages as people
from apps.marketing.recommendation import acts as recommendation_acts
from apps.marketing.recommendation import pages as recommendation
from apps.marketing.report import REPORT
from apps.marketing.segments import acts as segments_acts
from apps.marketing.segments import pages as segments
from apps.marketing.video_scripts import acts as video_scripts_acts
from apps.marketing.video_scripts import pages as video_scripts
from apps.marketing.video_scripts.resources import VIDEO_SCRIPTS
from apps.resources.pages import list_route, routes

app_name = "marketing"
BRIEF, VARIANT = "briefs/<uuid:brief_id>/", "copy/<uuid:copy_variant_id>/"
PERSON, IMPORT = "people/<uuid:person_id>/", "people/imports/<uuid:people_import_id>/"
SEGMENT, GROUPS = "segments/<uuid:segment_id>/", "segments/groups/<uuid:people_clustering_id>/"
SCRIPT, CAMPAIGN = "scripts/<uuid:video_script_id>/", "campaigns/<uuid:campaign_id>/"
EXPERIMENT, ESTIMATE = "experiments/<uuid:experiment_id>/", "policies/<uuid:policy_estimate_id>/"
EXPORT = "export/<slug:channel>/<slug:file_type>/"
urlpatterns: list[URLPattern | URLResolver] = [
    # Briefs: the list is the desk's first page.
    path("", pages.briefs, name="briefs"),
    path(BRIEF, briefs.brief_page, name="brief_page"),
    path(f"{BRIEF}change/", briefs.change_brief, name="brief"),
    *routes(BRIEFS, "briefs/", without=["briefs", "brief"]),
    path(f"{BRIEF}reading/", briefs.brief_reading, name="brief_reading"),
    path(f"{BRIEF}sources/<slug:source_kind>/", briefs.add_brief_source, name="add_brief_source"),
    *act_routes(briefs_acts),
    # Copy.
    list_route(COPY_VARIANTS, "copy/"),
    path(f"{BRIEF}copy/new/", copywriting.new_copy_variant, name="new_copy_variant"),
    path(f"{BRIEF}check/<slug:channel>/", copywriting.check_copy, name="check_copy"),
    path(f"{BRIEF}{EXPORT}", copywriting.export_copy, name="export_copy"),
    path("requests/<uuid:copy_request_id>/", copywriting.copy_request, name="copy_request"),
    path(VARIANT, copywriting.copy_variant, name="copy_variant"),
    *act_routes(copywriting_acts),
    # People and segments.
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/imports/", imports.people_imports, name="people_imports"),
    path(IMPORT, imports.people_import, name="people_import"),
    path(f"{IMPORT}rejected/", imports.export_rejections, name="export_rejections"),
    path(PERSON, people.person, name="person"),
    path(f"{PERSON}change/", people.change_person, name="change_person"),
    path(f"{PERSON}unsubscribe/", people.unsubscribe_person, name="unsubscribe_person"),
    path(f"{PERSON}report/", people.report_person, name="report_person"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", segments.new_segment, name="new_segment"),
    path(
        "segments/questions/<uuid:segment_question_id>/", segments.segment_question, name="segment_question"
    ),
    path("segments/groups/", groups.people_clusterings, name="people_clusterings"),
    path(GROUPS, groups.people_clustering, name="people_clustering"),
    path(SEGMENT, segments.segment, name="segment"),
    path(f"{SEGMENT}change/", segments.change_segment, name="change_segment"),
    *act_routes(profiles_acts),
    *act_routes(imports_acts),
    *act_routes(segments_acts),
    *act_routes(groups_acts),
    # Video scripts.
    list_route(VIDEO_SCRIPTS, "scripts/"),
    path(f"{BRIEF}scripts/new/", video_scripts.new_video_script, name="new_video_script"),
    path(SCRIPT, video_scripts.video_script, name="video_script"),
    path(f"{SCRIPT}table/", video_scripts.typed_script_part, {"part": "table"}, "video_script_table"),
    path(f"{SCRIPT}check/", video_scripts.typed_script_part, {"part": "checked"}, "check_video_script"),
    path(f"{SCRIPT}voice-over/", video_scripts.video_script_voice_over, name="video_script_voice_over"),
    path(f"{SCRIPT}sound/", video_scripts.video_script_sound, name="video_script_sound"),
    path(f"{SCRIPT}sound/<int:number>/", video_scripts.shot_sound, name="shot_sound"),
    path(f"{SCRIPT}export/<slug:file_type>/", video_scripts.export_video_script, name="export_video_script"),
    *act_routes(video_scripts_acts),
    # Recommendation.
    path("recommendation/", recommendation.recommendation, name="recommendation"),
    path("recommendation/person/", recommendation.find_person, name="find_person"),
    path(f"{PERSON}recommendation/", recommendation.person_recommendation, name="person_recommendation"),
    path(f"{SEGMENT}recommendation/", recommendation.segment_recommendation, name="segment_recommendation"),
    path(f"{EXPERIMENT}policies/", recommendation.policy_estimates, name="policy_estimates"),
    path(ESTIMATE, recommendation.policy_estimate, name="policy_estimate"),
    *act_routes(recommendation_acts),
    # Channels and figures.
    path("channels/", channels.channel_overrides, name="channel_overrides"),
    *routes(CHANNEL_OVERRIDES, "channels/", without=["channel_overrides"]),
    *report_urls(REPORT),
    # Experiments and what people did.
    list_route(EXPERIMENTS, "experiments/"),
    path("experiments/new/", experiments.new_experiment, name="new_experiment"),
    path("experiments/events/", experiments.marketing_events, name="marketing_events"),
    path(
        "experiments/orders/",
        ORDER_SETTINGS.page("marketing/experiments/order_settings.html"),
        name="order_settings",
    ),
    path("experiments/orders/key/", experiments.show_order_key, name="show_order_key"),
    path(EXPERIMENT, experiments.experiment, name="experiment"),
    *act_routes(experiments_acts),
    # Campaigns.
    list_route(CAMPAIGNS, "campaigns/"),
    path("campaigns/calendar/", campaigns.campaign_calendar, name="campaign_calendar"),
    path("campaigns/new/", campaigns.new_campaign, name="new_campaign"),
    path(CAMPAIGN, campaigns.campaign, name="campaign"),
    path(f"{CAMPAIGN}who/", campaigns.CAMPAIGN_ACCESS.page(), name="who_sees_campaign"),
    path(f"{CAMPAIGN}change/", campaigns.change_campaign, name="change_campaign"),
    path(f"{CAMPAIGN}progress/", campaigns.campaign_progress, name="campaign_progress"),
    path(f"{CAMPAIGN}{EXPORT}", campaigns.export_campaign, name="export_campaign"),
    *act_routes(campaigns_acts),
    path(f"{BRIEF}links/", campaigns.brief_links, name="brief_links"),
]
# What stands in messages is short and begins at the root of the site; all else is the desk's.
PUBLIC: list[URLPattern | URLResolver] = [
    path("m/<uuid:exposure_id>.gif", public_pages.exposure_pixel, name="exposure_pixel"),
    path("m/<uuid:exposure_id>/unsubscribe/", public_pages.unsubscribe, name="unsubscribe"),
    path("m/<uuid:exposure_id>/<int:number>", public_pages.short_link, name="short_link"),
]
urlpatterns = [*PUBLIC, path("marketing/", include(urlpatterns))]
