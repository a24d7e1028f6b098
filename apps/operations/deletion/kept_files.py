"""Files and sessions of an organisation that no row leads to any more, or never did."""

import shutil
from importlib import import_module
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage

from apps.accounts.access import SESSION_KEY
from apps.accounts.models import User
from apps.audit import anchors
from apps.vault import file_registry

AT_ONCE = 500


def delete_files(organisation_id: UUID) -> None:
    """Every sealed file, and whatever lies below the uploads under the organisation's id."""
    for path in file_registry.files_of(organisation_id):
        path.unlink(missing_ok=True)
    uploads = Path(default_storage.path(""))
    for path in uploads.glob(f"**/{organisation_id}"):
        shutil.rmtree(path)
    anchors.delete(organisation_id)


def end_sessions(organisation_id: UUID) -> int:
    """Of those who chose the organisation, and of accounts that are gone with it."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    last_key, count = "", 0
    while rows := list(Session.objects.filter(session_key__gt=last_key).order_by("session_key")[:AT_ONCE]):
        last_key = rows[-1].session_key
        contents = {row.session_key: row.get_decoded() for row in rows}
        people = {content[USER_KEY] for content in contents.values() if USER_KEY in content}
        known = {str(pk) for pk in User.objects.filter(pk__in=people).values_list("pk", flat=True)}
        for key, content in contents.items():
            is_orphan = USER_KEY in content and content[USER_KEY] not in known
            if is_orphan or content.get(SESSION_KEY) == str(organisation_id):
                store(key).delete()
                count += 1
    return count
