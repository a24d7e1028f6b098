"""Sealing everything of an organisation with a new key, while people go on working."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import second_factors
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.audit.services import AuditActor
from apps.core.errors import Conflict
from apps.core.fields import EncryptedTextField
from apps.core.rounds import tend_each
from apps.vault import encryption, file_registry, files, keys
from apps.vault.fields import SealedField, mark_sealed
from apps.vault.models import SealingKey
from config.database import BACKUP_LOCK

# Read in parts; a table of sealed texts does not fit into memory.
ROWS_AT_ONCE = 200
# Longer than any request or job: what one of them had sealed with the key before is stored by then.
GRACE = timedelta(hours=1)
CONTENT = SealingKey.Purpose.CONTENT


class BackupUnderWay(Conflict):
    code = "backup_under_way"
    message = _("A backup is running, and keys cannot change during it. Try again when it is done.")


@dataclass(frozen=True)
class RotationResult:
    number: int
    values: int
    files: int


def rotate(
    actor: AuditActor, organisation: Organisation, on_progress: Callable[[str, int], None]
) -> RotationResult:
    """Makes a new key and seals everything anew with it. One that was interrupted is finished first.

    What is written meanwhile uses the new key at once. The older keys stay for GRACE, for what a process had sealed
    and not yet stored; `end_rotations` deletes them. `on_progress(what, count)`. Raises BackupUnderWay, KeyLost and
    SealBroken.
    """
    with without_backup():
        newest = _key_to_seal_with(organisation)
        result = _seal_anew(organisation, newest, on_progress)
    details = {"number": newest.number, "values": result.values, "files": result.files}
    audit.record(actor, action="keys.rotated", target=newest, details=details)
    return result


def end_rotations(*, grace: timedelta = GRACE) -> None:
    """Deletes the keys that nothing is sealed with any more, where the newest one is older than `grace`."""
    newest = (
        SealingKey.objects.filter(purpose=CONTENT)
        .order_by("organisation", "-number")
        .distinct("organisation")
    )

    def end(key: SealingKey) -> None:
        older = SealingKey.objects.within(key.organisation_id).filter(purpose=CONTENT, number__lt=key.number)
        # Once more before the end, for what was stored late with an older key.
        if key.created_at < timezone.now() - grace and older.exists():
            # The next hour's run finds what this one leaves.
            with suppress(BackupUnderWay), without_backup():
                _seal_anew(key.organisation, key, lambda what, count: None)
                older.delete()
                audit.record(Actor(key.organisation), action="keys.older_deleted", target=key)
                keys.clear_keys()

    # Without their secrets: one that FIELD_KEYS do not open any more concerns its own organisation alone.
    tend_each(newest.select_related("organisation").defer("secret"), end, name="changes of keys")


def wrap_anew(on_progress: Callable[[str, int], None]) -> int:
    """Encrypts every secret of the installation, and signs the audit trail, with the first of FIELD_KEYS.

    The others can then be taken away.
    """
    count = audit.authenticate_anew()
    on_progress("audit trail", count)
    for model in apps.get_models():
        for field in model._meta.fields:
            if type(field) is EncryptedTextField:
                wrapped_count = _wrap_column(model, field.name)
                on_progress(f"{model._meta.label}.{field.name}", wrapped_count)
                count += wrapped_count
    wrapped_count = second_factors.wrap_anew()
    on_progress("second factors", wrapped_count)
    return count + wrapped_count


@contextmanager
def without_backup() -> Iterator[None]:
    """Alone, and while no backup runs: its database would lack the keys with which files are sealed anew while it copies
    them. Raises BackupUnderWay.
    """
    with connection.cursor() as cursor:
        # Of the session, not of a transaction: the work takes many, and a worker that dies lets go of it.
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [BACKUP_LOCK])
        if not cursor.fetchone()[0]:
            raise BackupUnderWay
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [BACKUP_LOCK])


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, SealedField):
                yield model, field


def _wrap_column(model: type[models.Model], name: str) -> int:
    """Row by row and this column alone: whoever changed the row meanwhile has written with the first key already."""
    count = 0
    rows = model._default_manager.annotate(stored=Cast(F(name), models.TextField()))
    secrets = rows.exclude(stored=None).exclude(stored="").values_list("pk", "stored", name)
    for pk, before, secret in secrets.iterator(chunk_size=ROWS_AT_ONCE):
        count += rows.filter(pk=pk, stored=before).update(**{name: secret})
    return count


def _key_to_seal_with(organisation: Organisation) -> SealingKey:
    """More than one key means that a rotation was interrupted: its key is the newest one already."""
    with transaction.atomic():
        first = keys.current_key(organisation.pk)
        # Two that begin at once would otherwise each make a new key.
        own_keys = SealingKey.objects.select_for_update().within(organisation).filter(purpose=CONTENT)
        newest = own_keys.order_by("-number").first()
        if newest is None or newest.pk != first.id or own_keys.count() > 1:
            return newest or SealingKey.objects.get(pk=first.id)
        return keys.new_key(organisation.pk, CONTENT, newest.number + 1)


def _seal_anew(
    organisation: Organisation, key: SealingKey, on_progress: Callable[[str, int], None]
) -> RotationResult:
    values = sum(_reseal_field(organisation, key, *each, on_progress) for each in sealed_columns())
    return RotationResult(key.number, values, _reseal_files(organisation, key, on_progress))


def _reseal_files(
    organisation: Organisation, key: SealingKey, on_progress: Callable[[str, int], None]
) -> int:
    count, open_key = 0, keys.open_key(key.pk)
    for path in file_registry.files_of(organisation.pk):
        if files.key_of(path) != key.pk:
            files.reseal(path, open_key)
            count += 1
    on_progress("files", count)
    return count


def _reseal_field(
    organisation: Organisation,
    key: SealingKey,
    model: type[models.Model],
    field: SealedField,
    on_progress: Callable[[str, int], None],
) -> int:
    count = 0
    what = f"{model._meta.label}.{field.name}"
    stored = Cast(F(field.name), models.TextField())
    rows = model._default_manager.filter(organisation=organisation).annotate(stored=stored)
    old = rows.exclude(stored=None).exclude(stored__startswith=encryption.key_prefix(key.pk))
    for pk, before in old.values_list("pk", "stored").iterator(chunk_size=ROWS_AT_ONCE):
        place = field.place(organisation.pk, pk)
        after = encryption.seal_text(
            organisation.pk, encryption.unseal_text(before, place=place), place=place
        )
        # Only if it still is what was read: who saved it meanwhile has sealed it with the new key.
        count += rows.filter(pk=pk, stored=before).update(**{field.name: mark_sealed(after)})
    on_progress(what, count)
    return count
