from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InferenceConfig(AppConfig):
    name = "apps.inference"
    label = "inference"
    verbose_name = _("Models")

    def ready(self) -> None:
        # They register kinds of jobs, what owners confirm, and who is asked before a job is made.
        from apps.inference import capability_checks, endpoint_trials, endpoints, quotas  # noqa: F401
