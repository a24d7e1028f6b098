"""All of the demo, in one process: each part plays what a desk does through the public API."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

PARTS = (
    "demo_shop",
    "demo_apps",
    "demo_chat",
    "demo_consultation",
    "demo_incident",
    "demo_brief",
    "demo_campaign",
)
# The notice stands before the first simulated row: filling takes minutes, and may be broken off.
BUSY = ("demo_notice", "busy_demo")
OPERATOR = "operator@demo.example"


class Command(BaseCommand):
    help = "Makes a demo shop and plays in it what each desk does, through the public API."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--busy", action="store_true", help="and weeks of made-up activity for the charts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for part in (*PARTS, *(BUSY if options["busy"] else ())):
            call_command(part)
        # How to sign in at the admin comes last: a terminal still shows it.
        call_command("operator", OPERATOR, name="Operator")
