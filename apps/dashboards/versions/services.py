from django.db import transaction

from apps.core.locks import lock_until_commit
from apps.dashboards.versions import selectors
from apps.dashboards.versions.models import InstalledVersion


@transaction.atomic
def record_version(version: str) -> None:
    """Keeps it where the installation ran another one before; an older one that comes back is a change as well."""
    # While containers are replaced, the old scheduler and the new one may start at once.
    lock_until_commit("installed_version")
    last = selectors.current()
    if last is None or last.version != version:
        InstalledVersion.objects.create(version=version[:100])
