from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssistantConfig(AppConfig):
    name = "apps.assistant"
    label = "assistant"
    verbose_name = _("Assistant")

    def ready(self) -> None:
        from apps.assistant.selectors import stored_bytes
        from apps.inference.storage import register_bytes

        register_bytes(stored_bytes)
