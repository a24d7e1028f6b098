from django.apps import AppConfig


class CustomerServiceConfig(AppConfig):
    name = "apps.customer_service"
    label = "customer_service"

    def ready(self) -> None:
        from apps.customer_service import kinds, openapi  # noqa: F401  (register with jobs and the schema)
        from apps.customer_service.handoff import services  # noqa: F401  (registers with arrivals)
