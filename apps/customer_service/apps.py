from django.apps import AppConfig


class CustomerServiceConfig(AppConfig):
    name = "apps.customer_service"
    label = "customer_service"

    def ready(self) -> None:
        from apps.customer_service.chat.attachments import stored_bytes
        from apps.customer_service.handoff import services  # noqa: F401  (registers its staff call)
        from apps.inference.storage import register_bytes

        register_bytes(stored_bytes)
