from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TranslationConfig(AppConfig):
    name = "apps.translation"
    label = "translation"
    verbose_name = _("Translation")

    def ready(self) -> None:
        from apps.audit import presenters
        from apps.inference.storage import register_bytes
        from apps.translation.models import Language
        from apps.translation.selectors import stored_bytes

        register_bytes(stored_bytes)
        labels = dict(Language.choices)
        for name in ("source_language", "target_language"):
            presenters.WORDS[name] = lambda code: labels.get(code, code)
