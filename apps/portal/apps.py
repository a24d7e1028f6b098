from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from apps.core import desks


class PortalConfig(AppConfig):
    name = "apps.portal"
    label = "portal"

    def ready(self) -> None:
        autodiscover_modules("alerts", "findable")
        desks.import_registrations()
