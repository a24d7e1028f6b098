from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class WorkbenchConfig(AppConfig):
    name = "apps.workbench"
    label = "workbench"
    verbose_name = pgettext_lazy("programs of an organisation", "Apps")

    def ready(self) -> None:
        from apps.inference.storage import register_bytes
        from apps.workbench.selectors import stored_bytes

        register_bytes(stored_bytes)
