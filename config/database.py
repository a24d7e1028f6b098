"""DATABASE_URL → Django's DATABASES entry."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict

# Threads hold a connection only while they talk to the database, so a few serve hundreds of jobs. More than
# WEB_THREADS by default, so that a request never waits for one.
POOL = {"min_size": 2, "max_size": 16, "timeout": 20}
# An advisory lock: a backup shares it, who writes stored files anew with other keys holds it alone.
BACKUP_LOCK = 0x6B6F6E67


def database_from_url(url: str) -> dict[str, Any]:
    """A PostgreSQL entry from a libpq URL, unix sockets (`postgresql:///name?host=/dir`) included."""
    parts = conninfo_to_dict(url or "postgresql:///kongming")
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {names[key]: str(value) for key, value in parts.items() if key in names}
    options: dict[str, Any] = {key: value for key, value in parts.items() if key not in names}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **entry,
        # Django takes a pool only without connections that it keeps itself.
        "CONN_MAX_AGE": 0,
        # A connection that a restart of PostgreSQL cut is replaced before a request gets it.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**options, "pool": POOL},
        "TEST": {"NAME": f"test_{entry.get('NAME', 'kongming')}"},
    }
