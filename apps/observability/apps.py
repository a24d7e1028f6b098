from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "apps.observability"
    label = "observability"

    def ready(self) -> None:
        from apps.observability import worker_heartbeat  # noqa: F401  (listens to Celery's heartbeats)
