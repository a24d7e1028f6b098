import json
import tempfile
from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import api_operations

REMEDY = "If the change is meant: ./kongming manage api_operations"


class Command(BaseCommand):
    help = "Writes down which operations the REST API has, after a change of it that is meant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--compare", action="store_true", help="only tell what differs; fails if anything does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with tempfile.TemporaryDirectory() as directory:
            file = Path(directory) / "openapi.json"
            call_command(
                "spectacular",
                lang="en",
                validate=True,
                fail_on_warn=True,
                format="openapi-json",
                file=str(file),
            )
            fresh = api_operations.operations(json.loads(file.read_text()))
        if not options["compare"]:
            api_operations.FILE.write_text(fresh)
            self.stdout.write(f"{len(fresh.splitlines())} operations: {api_operations.FILE}")
            return
        before = api_operations.FILE.read_text().splitlines()
        if changes := list(unified_diff(before, fresh.splitlines(), "written down", "now", lineterm="", n=0)):
            raise CommandError("\n".join([*changes[:40], REMEDY]))
