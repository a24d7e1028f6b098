from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranslationConfig(AppConfig):
    name = "apps.translation"
    label = "translation"
    verbose_name = _("Translation")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.translation.selectors import stored_bytes

        register_bytes(stored_bytes)
