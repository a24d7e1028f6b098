from django.apps import AppConfig


class TranslationConfig(AppConfig):
    name = "apps.translation"
    label = "translation"

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.translation.selectors import stored_bytes

        register_bytes(stored_bytes)
