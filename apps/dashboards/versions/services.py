from django.db import connection, transaction

from apps.dashboards.versions import selectors
from apps.dashboards.versions.models import InstalledVersion


@transaction.atomic
def record_version(version: str) -> None:
    """Keeps it where the installation ran another one before; an older one that comes back is a change as well."""
    with connection.cursor() as cursor:
        # While containers are replaced, the old scheduler and the new one may start at once.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('installed_version', 0))")
    last = selectors.current()
    if last is None or last.version != version:
        InstalledVersion.objects.create(version=version[:100])
