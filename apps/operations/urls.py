from django.urls import URLPattern, URLResolver, path

from apps.operations.announcements import pages as announcements
from apps.operations.announcements.resources import ANNOUNCEMENTS
from apps.operations.deletion import pages as deletion
from apps.operations.demonstration import pages as demonstration
from apps.operations.prompts import pages as prompts
from apps.operations.switches import pages as switches
from apps.resources.pages import routes

app_name = "operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("prompts/", prompts.prompt_list, name="prompts"),
    path("prompts/<slug:prompt_name>/", prompts.prompt, name="prompt"),
    path("prompts/<slug:prompt_name>/change/", prompts.change_prompt, name="change_prompt"),
    path("prompts/<slug:prompt_name>/try/", prompts.try_prompt, name="try_prompt"),
    path("prompts/<slug:prompt_name>/values/", prompts.prompt_values, name="prompt_values"),
    path("prompts/<slug:prompt_name>/record/", prompts.record_prompt_inputs, name="record_prompt_inputs"),
    path(
        "prompts/<slug:prompt_name>/delete-inputs/", prompts.delete_prompt_inputs, name="delete_prompt_inputs"
    ),
    path("prompts/<slug:prompt_name>/shipped/", prompts.use_shipped_prompt, name="use_shipped_prompt"),
    path("prompts/versions/<uuid:prompt_version_id>/approve/", prompts.approve_prompt, name="approve_prompt"),
    path("prompts/versions/<uuid:prompt_version_id>/reject/", prompts.reject_prompt, name="reject_prompt"),
    path(
        "prompts/versions/<uuid:prompt_version_id>/roll-back/",
        prompts.roll_back_prompt,
        name="roll_back_prompt",
    ),
    path("organisation-export/", deletion.download_export, name="organisation_export"),
    path("start-empty/", demonstration.start_empty, name="start_empty"),
    path("switches/", switches.switches, name="switches"),
    path("switches/change/", switches.change_switch, name="change_switch"),
    *routes(ANNOUNCEMENTS, "announcements/"),
    path(
        "announcements/<uuid:announcement_id>/put-away/",
        announcements.put_away,
        name="put_away_announcement",
    ),
]
