"""The secrets of second factors at rest. allauth keeps them in a JSON column and asks our adapter to encrypt each."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from apps.core import fields

# Of authenticator apps, and of recovery codes.
SECRETS = ("secret", "seed")


def wrap_anew() -> int:
    """Encrypts every secret under the first of FIELD_KEYS; answers how many there were."""
    count = 0
    for pk in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            # Each under its lock, as its owner may be changing it or taking it away.
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            names = [name for name in SECRETS if row and name in row.data]
            if row and names:
                row.data |= {name: fields.encrypt(fields.decrypt(row.data[name])) for name in names}
                row.save(update_fields=["data"])
                count += 1
    return count
