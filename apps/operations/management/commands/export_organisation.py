import os
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.operations.deletion import selectors
from apps.vault.encrypted_writer import FILE_MODE
from apps.vault.files import open_sealed


class Command(BaseCommand):
    help = "Saves the latest export of an organisation, which an operator requested in the admin, as a readable ZIP file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its short name")
        parser.add_argument("file", help="where to; nothing is overwritten")

    def handle(self, *args: Any, organisation: str, file: str, **options: Any) -> None:
        row = Organisation.objects.filter(slug=organisation).first()
        export = selectors.latest_export(row) if row else None
        if row is None or export is None or not export.is_ready:
            raise CommandError(
                f"There is no export of {organisation}. Request one at /admin/operations/organisations/."
            )
        audit.record(Actor(row), action="organisation.exported", target=export, details={"file_type": "zip"})
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        except FileExistsError as error:
            raise CommandError(f"{file} exists already.") from error
        with os.fdopen(descriptor, "wb") as target, open_sealed(export.path) as source:
            shutil.copyfileobj(source, target)
        self.stdout.write(f"{Path(file).stat().st_size} bytes. Whoever has the file reads everything in it.")
