import json
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import schema
from apps.core.errors import ApplicationError


class Command(BaseCommand):
    help = (
        "Brings the database to this version: refuses one of a newer version, of something else or with other tables "
        "than the migrations make, and gives up where a table stays locked instead of holding up everybody behind it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", action="store_true", help="only say what is pending, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pending = schema.pending_migrations()
            if options["plan"]:
                self.stdout.write(json.dumps({"pending": pending}))
                return
            with schema.bounded_locks():
                call_command("migrate", "--no-input", stdout=self.stdout)
            schema.require_expected_schema()
        except ApplicationError as error:
            raise CommandError(str(error)) from error
