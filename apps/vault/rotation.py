"""Sealing everything of an organisation with a new key, while people go on working."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Cast
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.audit.services import AuditActor
from apps.core.fields import EncryptedTextField
from apps.vault import files, holdings, keys, sealing
from apps.vault.fields import SealedField, sealed
from apps.vault.models import SealingKey

ROWS_AT_ONCE = 200
GRACE = timedelta(hours=1)
CONTENT = SealingKey.Purpose.CONTENT


@dataclass(frozen=True)
class Rotated:
    number: int
    values: int
    files: int


def rotate(actor: AuditActor, organisation: Organisation, on_progress: Callable[[str, int], None]) -> Rotated:
    """A new key, and everything sealed anew with it. One that was interrupted is finished first.

    What is written meanwhile uses the new key at once. The older keys stay for GRACE, for what a process had sealed
    and not yet stored; `end_rotations` deletes them. `on_progress(what, count)`. Raises KeyLost and SealBroken.
    """
    newest = _key_to_seal_with(organisation)
    rotated = _seal_anew(organisation, newest, on_progress)
    details = {"number": newest.number, "values": rotated.values, "files": rotated.files}
    audit.record(actor, action="keys.rotated", target=newest, details=details)
    return rotated


def end_rotations(*, grace: timedelta = GRACE) -> None:
    """Deletes the keys that nothing is sealed with any more, where the newest one is older than `grace`."""
    newest = (
        SealingKey.objects.filter(purpose=CONTENT)
        .order_by("organisation", "-number")
        .distinct("organisation")
    )
    for key in newest.select_related("organisation"):
        older = SealingKey.objects.within(key.organisation_id).filter(purpose=CONTENT, number__lt=key.number)
        if key.created_at < timezone.now() - grace and older.exists():
            _seal_anew(key.organisation, key, lambda what, count: None)
            older.delete()
            audit.record(Actor(key.organisation), action="keys.older_deleted", target=key)
            keys.forget_keys()


def wrap_anew(on_progress: Callable[[str, int], None]) -> int:
    """Every secret of the installation under the first of FIELD_KEYS, so that the others can be taken away."""
    count = 0
    for model in apps.get_models():
        names = [field.name for field in model._meta.fields if type(field) is EncryptedTextField]
        if not names:
            continue
        for row in model._default_manager.only("pk", *names).iterator(chunk_size=ROWS_AT_ONCE):
            row.save(update_fields=names)
            count += len(names)
        on_progress(str(model._meta.verbose_name_plural), count)
    return count


def sealed_columns() -> Iterator[tuple[type[models.Model], SealedField]]:
    for model in apps.get_models():
        for field in model._meta.fields:
            if isinstance(field, SealedField):
                yield model, field


def _key_to_seal_with(organisation: Organisation) -> SealingKey:
    """More than one key means that a rotation was interrupted: its key is the newest one already."""
    with transaction.atomic():
        first = keys.current_key(organisation.pk)
        known = SealingKey.objects.select_for_update().within(organisation).filter(purpose=CONTENT)
        newest = known.order_by("-number").first()
        if newest is None or newest.pk != first.id or known.count() > 1:
            return newest or SealingKey.objects.get(pk=first.id)
        return keys.new_key(organisation.pk, CONTENT, newest.number + 1)


def _seal_anew(
    organisation: Organisation, key: SealingKey, on_progress: Callable[[str, int], None]
) -> Rotated:
    values = sum(_reseal_field(organisation, key, *each, on_progress) for each in sealed_columns())
    return Rotated(key.number, values, _reseal_files(organisation, key, on_progress))


def _reseal_files(
    organisation: Organisation, key: SealingKey, on_progress: Callable[[str, int], None]
) -> int:
    count, opened = 0, keys.opened(key.pk)
    for path in holdings.files_of(organisation.pk):
        if files.key_of(path) != key.pk:
            files.reseal(path, opened)
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
    old = rows.exclude(stored=None).exclude(stored__startswith=sealing.key_prefix(key.pk))
    for pk, before in old.values_list("pk", "stored").iterator(chunk_size=ROWS_AT_ONCE):
        after = sealing.seal_text(organisation.pk, sealing.unseal_text(before))
        # Only if it still is what was read: who saved it meanwhile has sealed it with the new key.
        count += rows.filter(pk=pk, stored=before).update(**{field.name: sealed(after)})
    on_progress(what, count)
    return count
