"""Whether this code may work on a database, and bringing the schema there up to date."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _
from psycopg.errors import LockNotAvailable

from apps.core.errors import ApplicationError
from config import schema_fingerprint

# Has this migration run, the database is one of ours; else its tables belong to somebody.
OURS = ("accounts", "0001_initial")
# Everybody queues behind a migration that waits for its lock.
LONGEST_WAIT = "10s"
MAX_NAMED = 5
# Tables that an extension brought are nobody's data.
HAS_TABLES = """
    SELECT EXISTS (
        SELECT FROM pg_class relation JOIN pg_namespace schema ON schema.oid = relation.relnamespace
        WHERE schema.nspname = 'public' AND relation.relkind IN ('r', 'p')
          AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = relation.oid AND deptype = 'e'))
"""


class NewerSchema(ApplicationError):
    code = "newer_schema"


class ForeignDatabase(ApplicationError):
    code = "foreign_database"


class SchemaLocked(ApplicationError):
    code = "schema_locked"
    message = _(
        "A table that has to change is in use, for example by a long query or a backup. Wait for it to "
        "finish or stop it, then run this again. Each migration is its own transaction, and this one "
        "changed nothing."
    )


class OtherSchema(ApplicationError):
    code = "other_schema"


def pending_migrations() -> list[str]:
    """Those that this code has and a database with data lacks. Raises NewerSchema, ForeignDatabase and OtherSchema where
    this code must not touch what is there.
    """
    executor = MigrationExecutor(connection)
    loader = executor.loader
    applied_migrations = set(loader.applied_migrations)
    migrations = set(loader.disk_migrations)
    # A squashed migration takes the place of those that an older database has had.
    for replacement in loader.replacements.values():
        migrations |= set(replacement.replaces)
    # An empty database may be taken; one with tables of somebody else's never.
    if is_empty():
        return []
    if OURS not in applied_migrations:
        raise ForeignDatabase(
            "The database is not Kongming's: it holds tables that Kongming did not make. Nothing was changed. "
            "Let DATABASE_URL name an empty database of its own."
        )
    if unknown := sorted(".".join(each) for each in applied_migrations - migrations):
        raise NewerSchema(
            f"The database was worked on by another version, newer or from before 0.1.0: this code does not know "
            f"{', '.join(unknown[:MAX_NAMED])}{' …' if len(unknown) > MAX_NAMED else ''}. Nothing was changed. Start that "
            "version again (git pull), or restore a backup of before: ./kongming restore FILE --replace"
        )
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    if not plan:
        require_expected_schema()
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def is_empty() -> bool:
    """No table but those of extensions, and no migration that ever ran."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_TABLES)
        return not cursor.fetchone()[0]


def require_expected_schema() -> None:
    """After all migrations have run. Raises OtherSchema where the tables are not those that they make."""
    with connection.cursor() as cursor:
        tables = schema_fingerprint.differing_tables(cursor)
    if tables:
        raise OtherSchema(
            f"The database has had every migration of this version, and still these tables are not as they make them: "
            f"{', '.join(tables[:MAX_NAMED])}{' …' if len(tables) > MAX_NAMED else ''}. It was made by a version between "
            "releases whose migrations were written again later, or somebody changed it by hand. What differs: "
            "./kongming manage schema_fingerprint --compare. Undo that by hand, restore a backup of before (the dump that "
            "an upgrade keeps, for example: ./kongming restore FILE --replace), or begin anew with an empty database."
        )


@contextmanager
def bounded_locks(longest_wait: str = LONGEST_WAIT) -> Iterator[None]:
    """A migration that waits for a lock holds up everybody behind it: it gives up. Raises SchemaLocked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [longest_wait])
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise SchemaLocked from error
        raise
    finally:
        # The connection goes back to a pool, whose next user must wait as long as it takes.
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
