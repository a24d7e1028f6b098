from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import ApplicationError
from apps.vault import rotation


class Command(BaseCommand):
    help = (
        "Gives an organisation a new key and seals everything with it anew. People go on working meanwhile. "
        "Run it again when it was interrupted: it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", help="its short name; without it all of them")
        parser.add_argument(
            "--installation",
            action="store_true",
            help="instead: encrypt all secrets and keys with the first of FIELD_KEYS, after you put a new one there",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["installation"]:
            count = rotation.wrap_anew(self._show)
            self.stdout.write(
                f"{count} secrets and lines of the audit trail now need only the first of FIELD_KEYS. "
                "You may remove the others."
            )
            return
        organisations = Organisation.objects.order_by("slug")
        if slug := options["organisation"]:
            organisations = organisations.filter(slug=slug)
            if not organisations:
                raise CommandError(f"There is no organisation {slug}.")
        for organisation in organisations:
            self._rotate(organisation)

    def _rotate(self, organisation: Organisation) -> None:
        self.stdout.write(organisation.slug)
        try:
            result = rotation.rotate(Actor(organisation), organisation, self._show)
        except ApplicationError as error:
            raise CommandError(f"{organisation.slug}: {error} The older keys were kept.") from error
        self.stdout.write(f"  key {result.number}: {result.values} values and {result.files} files")
        self.stdout.write("  the older keys are deleted in an hour, when nothing can be on its way with them")

    def _show(self, what: str, count: int) -> None:
        if count:
            self.stdout.write(f"  {what}: {count}")
