from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketingConfig(AppConfig):
    name = "apps.marketing"
    label = "marketing"
    verbose_name = _("Marketing")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.marketing.briefs.selectors import stored_bytes
        from apps.marketing.imports import selectors as imports
        from apps.marketing.video_scripts import voice_over
        from apps.vault.file_registry import register_files

        register_bytes(stored_bytes)
        register_bytes(imports.stored_bytes)
        register_bytes(voice_over.stored_bytes)
        register_files(imports.sealed_files)
