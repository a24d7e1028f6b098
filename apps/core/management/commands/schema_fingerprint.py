from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from config import schema_fingerprint

SCRATCH = "kongming_schema_fingerprint"


class Command(BaseCommand):
    help = (
        "Writes down what a fresh database is like that has had all migrations, for `up` to compare with: after every "
        "new migration. It is made beside the present one, and dropped again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--compare",
            action="store_true",
            help="only print in what the present database differs from a fresh one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            present = schema_fingerprint.description(cursor)
        with fresh_database(), connection.cursor() as cursor:
            fresh = schema_fingerprint.description(cursor)
            digests = schema_fingerprint.fingerprint(cursor)
        if not options["compare"]:
            lines = (f"{name} {digest}\n" for name, digest in sorted(digests.items()))
            schema_fingerprint.FILE.write_text("".join(lines))
            self.stdout.write(f"{len(digests)} tables: {schema_fingerprint.FILE}")
            return
        for name, parts in fresh.items():
            difference = unified_diff(
                parts, present.get(name, []), f"{name} (fresh)", f"{name} (present)", n=0
            )
            for line in difference:
                self.stdout.write(line.rstrip("\n"))


@contextmanager
def fresh_database() -> Iterator[None]:
    """The connection leads to a new database on the same server meanwhile."""
    present = connection.settings_dict["NAME"]
    # It would go on handing out connections to the present database.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # of PostgreSQL's wrapper
    connection.settings_dict["TEST"] = {**connection.settings_dict["TEST"], "NAME": SCRATCH}
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(present, verbosity=0)
