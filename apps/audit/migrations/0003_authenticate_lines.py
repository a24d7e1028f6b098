from typing import Any

import pgtrigger
from django.db import migrations

from apps.audit import keys

AT_ONCE = 1000


def authenticate(apps: Any, schema_editor: Any) -> None:
    """Lines from before there were keys: from now on what they say cannot be written anew either."""
    entries = apps.get_model("audit", "AuditEntry").objects.filter(mac="")
    with pgtrigger.ignore("audit.AuditEntry:append_only"):
        while rows := list(entries.only("hash", "mac")[:AT_ONCE]):
            for row in rows:
                row.mac = keys.mac_of(row.hash)
            entries.model.objects.bulk_update(rows, ["mac"])


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_keyed_chain")]

    operations = [migrations.RunPython(authenticate, migrations.RunPython.noop)]
