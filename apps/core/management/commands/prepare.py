from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = (
        "What comes before the web process and the workers, in one process: the database's schema, the endpoints that the "
        "settings name, and the static files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clear", action="store_true", help="static files of older versions go")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("upgrade_schema", stdout=self.stdout)
        call_command("ensure_default_endpoints", stdout=self.stdout)
        call_command("collectstatic", interactive=False, clear=options["clear"], stdout=self.stdout)
