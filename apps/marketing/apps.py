from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "apps.marketing"
    label = "marketing"

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.marketing.briefs.selectors import stored_bytes

        register_bytes(stored_bytes)
