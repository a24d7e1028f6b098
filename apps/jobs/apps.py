from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "apps.jobs"
    label = "jobs"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (makes our Celery application the current one)

        autodiscover_modules("job_subjects")
