from typing import Any

from django.core.management.base import BaseCommand

from apps.inference import endpoints


class Command(BaseCommand):
    help = "Registers the endpoints that the settings name as shared ones of the installation."

    def handle(self, *args: Any, **options: Any) -> None:
        for endpoint in endpoints.ensure_default_endpoints():
            self.stdout.write(f"{endpoint.purpose}: {endpoint}")
