from django.urls import URLPattern, URLResolver, path

from apps.operations.prompts import pages as prompts

app_name = "operations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("prompts/", prompts.prompt_list, name="prompts"),
    path("prompts/<slug:prompt_name>/", prompts.prompt, name="prompt"),
    path("prompts/<slug:prompt_name>/change/", prompts.change_prompt, name="change_prompt"),
    path("prompts/<slug:prompt_name>/try/", prompts.try_prompt, name="try_prompt"),
    path("prompts/<slug:prompt_name>/shipped/", prompts.use_shipped_prompt, name="use_shipped_prompt"),
    path("prompts/versions/<uuid:prompt_version_id>/approve/", prompts.approve_prompt, name="approve_prompt"),
    path("prompts/versions/<uuid:prompt_version_id>/reject/", prompts.reject_prompt, name="reject_prompt"),
    path(
        "prompts/versions/<uuid:prompt_version_id>/roll-back/",
        prompts.roll_back_prompt,
        name="roll_back_prompt",
    ),
]
