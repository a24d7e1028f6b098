from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    def ready(self) -> None:
        from apps.accounts import openapi, receivers  # noqa: F401  (registers with the schema and allauth's signals)
