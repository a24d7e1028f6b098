"""What a restore drill plants in an installation, and what it reads there again.

python -m tests.stack.drill_content plant|read|grow …   in the environment of an installation
"""

import hashlib
import io
import json
import sys
from typing import Any

import django

SOUND = b"RIFF" + bytes(range(256)) * 600


def plant() -> None:
    """A row of every model, with its sealed columns, and files of each way to keep them."""
    from django.core.files.base import ContentFile

    from apps.accounts import services as accounts
    from apps.accounts.actors import Actor
    from apps.accounts.models import Membership, User
    from apps.customer_service.conversations.models import Attachment
    from apps.speech import services as speech
    from tests.architecture.instances import Belongings

    user = User.objects.create_user("alice@tea.example", "correct-horse-battery", name="Alice")
    organisation = accounts.create_organisation(name="Tea House", slug="tea-house", owner=user)
    alice = Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=user))
    recording = speech.begin_upload(alice, file_name="王秀英.wav", length=len(SOUND))
    speech.append_part(alice, recording, offset=0, content=io.BytesIO(SOUND))
    unfinished = speech.begin_upload(alice, file_name="李强.wav", length=2 * len(SOUND))
    speech.append_part(alice, unfinished, offset=0, content=io.BytesIO(SOUND))
    # Last: these rows claim any size, so no upload has room beside them.
    belongings = Belongings(organisation, user)
    belongings.everything()
    attachment = belongings.one(Attachment)
    attachment.file.save("壶盖.jpg", ContentFile(b"\xff\xd8 a crack"))  # type: ignore[attr-defined]


def read() -> dict[str, Any]:
    """Everything that was sealed, opened: columns, sound, attachments."""
    from apps.customer_service.conversations.models import Attachment
    from apps.speech.models import Recording
    from apps.vault.rotation import sealed_columns

    opened: dict[str, Any] = {}
    for model, field in sealed_columns():
        values = model._default_manager.order_by("pk").values_list(field.name, flat=True)
        opened[f"{model._meta.label}.{field.name}"] = [str(value) for value in values]
    for recording in Recording.objects.exclude(offset=0):
        with recording.open_stored() as sound:
            opened[f"sound {recording.pk}"] = hashlib.sha256(sound.read()).hexdigest()
    for attachment in Attachment.objects.exclude(file=""):
        opened[f"attachment {attachment.pk}"] = hashlib.sha256(attachment.file.read()).hexdigest()
    return opened


def grow() -> None:
    """Goes on writing, until it is ended."""
    from apps.accounts.actors import Actor
    from apps.accounts.models import Organisation
    from apps.audit import services as audit
    from apps.audit.models import AuditEntry

    actor = Actor(Organisation.objects.get(slug="tea-house"))
    print(AuditEntry.objects.count(), flush=True)  # noqa: T201
    while True:
        audit.record(actor, action="drill.written")


if __name__ == "__main__":
    django.setup()
    # Several in one process: loading what they need takes longer than they do. The last one's result is told.
    results = [{"plant": plant, "read": read, "grow": grow}[verb]() for verb in sys.argv[1:]]
    print(json.dumps(results[-1]))  # noqa: T201
