from collections.abc import Callable
from typing import Any

from django.db import migrations

from apps.core import fields

SECRETS = ("secret", "seed")


def rewritten(change: Callable[[str], str]) -> Callable[[Any, Any], None]:
    def rewrite(apps: Any, _schema_editor: Any) -> None:
        for row in apps.get_model("mfa", "Authenticator").objects.all():
            row.data |= {name: change(row.data[name]) for name in SECRETS if name in row.data}
            row.save(update_fields=["data"])

    return rewrite


class Migration(migrations.Migration):
    """Secrets of second factors lay readable in the database."""

    dependencies = [
        ("accounts", "0002_confirmations_and_sign_in_rules"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunPython(rewritten(fields.encrypt), rewritten(fields.decrypt))]
