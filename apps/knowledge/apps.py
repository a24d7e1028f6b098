from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "apps.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.knowledge.selectors import stored_bytes

        register_bytes(stored_bytes)
