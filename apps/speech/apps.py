from django.apps import AppConfig

from apps.vault.holdings import register_files


class SpeechConfig(AppConfig):
    name = "apps.speech"
    label = "speech"

    def ready(self) -> None:
        from apps.speech.selectors import sealed_files

        register_files(sealed_files)
