from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "apps.knowledge"
    label = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.knowledge import services  # noqa: F401  (registers its kinds of jobs)
        from apps.knowledge.selectors import stored_bytes

        register_bytes(stored_bytes)
