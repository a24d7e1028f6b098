from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.vault.file_registry import register_files


class SpeechConfig(AppConfig):
    name = "apps.speech"
    label = "speech"
    verbose_name = _("Recordings")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.speech import dictation, retention_rules, services  # noqa: F401  (they register)
        from apps.speech.selectors import sealed_files, stored_bytes

        register_files(sealed_files)
        register_bytes(stored_bytes)
