"""Each process of a run gets a copy of one database that the migrations made, and that is kept until one of them changes.

Migrating takes ten seconds of each process, and more with every migration; copying takes half a second.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

PREFIX, BEING_MADE = "migrated_", "migrated_unfinished"
# One process makes it, the others wait.
LOCK = 0x6D696772


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """In the place of pytest-django's. Whatever a run that was killed left in a copy is gone with the next one."""
    with django_db_blocker.unblock():
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_database(cursor)}")
        use_database(name)
    yield
    with django_db_blocker.unblock():
        connection.close()


def migrated_database(cursor: Any) -> str:
    """Its name says which migrations it has. Those of other migrations go."""
    name = f"{PREFIX}{fingerprint()}"
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
    known = {found for (found,) in cursor.fetchall()}
    if name in known:
        return name
    for other in known:
        cursor.execute(f"DROP DATABASE {other} WITH (FORCE)")
    cursor.execute(f"CREATE DATABASE {BEING_MADE}")
    use_database(BEING_MADE)
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    cursor.execute(f"ALTER DATABASE {BEING_MADE} RENAME TO {name}")
    return name


def use_database(name: str) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name


def fingerprint() -> str:
    """Of every migration of every app, those of packages included."""
    digest = hashlib.sha256(django.get_version().encode())
    for config in apps.get_app_configs():
        for path in sorted(Path(config.path, "migrations").rglob("*.py")):
            digest.update(f"{config.label}/{path.name}".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
