"""Before the web process and the workers start: database schema, static files, translations."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psycopg

from stack.errors import StackError
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.translations import compile_catalogues

# What the database's rows depend on: its own address, and the endpoints that are registered in it.
DATABASE_SETTINGS = (
    "DATABASE_URL",
    "LLM_ENDPOINT",
    "LLM_MODEL",
    "LLM_API_KEY",
    "LLM_PROVIDER",
    "LLM_CONTEXT_TOKENS",
    "LLM_MAX_CONCURRENCY",
    "EMBEDDING_ENDPOINT",
    "EMBEDDING_MODEL",
    "EMBEDDING_API_KEY",
    "SYNTHESIS_ENDPOINT",
    "SYNTHESIS_MODEL",
    "SYNTHESIS_API_KEY",
)


def is_prepared(installation: Installation) -> bool:
    """Whether nothing that the preparation depends on has changed since it was done, the database's schema included."""
    stamp = installation.layout.prepared
    return (
        stamp.exists() and stamp.read_text() == f"{_digest(installation)} {_migrations_digest(installation)}"
    )


def prepare_application(installation: Installation) -> None:
    """Raises StackError with what manage.py printed where the database, the static files or a translation cannot be
    made.
    """
    # Taken first: what is edited while this runs has not been prepared.
    digest = _digest(installation)
    compile_catalogues()
    manage(installation, "prepare", "--clear")
    installation.layout.prepared.write_text(f"{digest} {_migrations_digest(installation)}")


def register_endpoints(installation: Installation) -> None:
    """Tell the running application which models there are now."""
    manage(installation, "ensure_default_endpoints")


def manage(installation: Installation, *arguments: str) -> str:
    """What manage.py printed. Raises StackError, with the end of that, when it fails."""
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments]
    process = subprocess.run(
        command, env=installation.environment(), cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    if process.returncode:
        raise StackError(
            f"manage.py {arguments[0]} failed:\n{process.stdout[-1500:]}{process.stderr[-3000:]}"
        )
    return process.stdout


def _digest(installation: Installation) -> str:
    """A digest of names, sizes and times of the files, and of the addresses, as another database has another schema."""
    environment = installation.environment()
    addresses = [environment.get(name, "") for name in DATABASE_SETTINGS]
    digest = hashlib.sha256("\n".join(addresses).encode())
    # A cluster made anew at the same address is another database. Its directory's inode tells.
    cluster = installation.layout.postgresql
    digest.update(str(cluster.stat().st_ino if cluster.exists() else 0).encode())
    for path in sorted(_sources()):
        status = path.stat()
        digest.update(f"{path.relative_to(PROJECT_ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def applied_migrations(installation: Installation) -> list[tuple[str, str]]:
    """Which migrations the database has had, by this code or by another."""
    with psycopg.connect(installation.environment()["DATABASE_URL"]) as connection:
        try:
            return connection.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2").fetchall()
        except psycopg.errors.UndefinedTable:
            # A new database has had none.
            return []


def _migrations_digest(installation: Installation) -> str:
    return hashlib.sha256(repr(applied_migrations(installation)).encode()).hexdigest()


def _sources() -> Iterable[Path]:
    yield PROJECT_ROOT / "requirements" / "base.txt"
    yield PROJECT_ROOT / "config" / "settings.py"
    yield PROJECT_ROOT / "config" / "schema_fingerprint.txt"
    yield from PROJECT_ROOT.glob("apps/*/migrations/*.py")
    yield from PROJECT_ROOT.glob("locale/*/LC_MESSAGES/*.po")
    yield from (path for path in (PROJECT_ROOT / "static").rglob("*") if path.is_file())
