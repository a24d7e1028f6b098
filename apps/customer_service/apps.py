from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomerServiceConfig(AppConfig):
    name = "apps.customer_service"
    label = "customer_service"
    verbose_name = _("Customer service")

    def ready(self) -> None:
        from apps.customer_service.attachments.services import stored_bytes
        from apps.customer_service.handoff import services  # noqa: F401  (registers its staff call)
        from apps.inference.storage import register_bytes

        register_bytes(stored_bytes)
