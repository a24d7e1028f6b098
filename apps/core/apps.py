from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core import checks  # noqa: F401  (registers the system checks)
        from apps.core.moments import refuse_unreadable_moments

        refuse_unreadable_moments()
