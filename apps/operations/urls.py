from django.urls import URLPattern, URLResolver, path

from apps.accounts.act_declaration import act_routes
from apps.operations.announcements import pages as announcements
from apps.operations.announcements.resources import ANNOUNCEMENTS
from apps.operations.deletion import pages as deletion
from apps.operations.demonstration import pages as demonstration
from apps.operations.prompts import acts as prompt_acts
from apps.operations.prompts import pages as prompts
from apps.operations.switches import acts as switch_acts
from apps.operations.switches import pages as switches
from apps.resources.pages import routes

app_name = "operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("prompts/", prompts.prompt_list, name="prompts"),
    path("prompts/<slug:prompt_name>/", prompts.prompt, name="prompt"),
    path("prompts/<slug:prompt_name>/change/", prompts.change_prompt, name="change_prompt"),
    path("prompts/<slug:prompt_name>/try/", prompts.try_prompt, name="try_prompt"),
    path("prompts/<slug:prompt_name>/values/", prompts.prompt_values, name="prompt_values"),
    *act_routes(prompt_acts),
    path("organisation-export/", deletion.download_export, name="organisation_export"),
    path("start-empty/", demonstration.start_empty, name="start_empty"),
    path("switches/", switches.switches, name="switches"),
    *act_routes(switch_acts),
    *routes(ANNOUNCEMENTS, "announcements/"),
    path(
        "announcements/<uuid:announcement_id>/put-away/",
        announcements.put_away,
        name="put_away_announcement",
    ),
]
