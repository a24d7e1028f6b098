"""Which rows are an organisation's, found by following foreign keys, and the order in which they can go.

So a new table needs no rule of its own: it points at the organisation, or at a row that does and that it cannot be
without. `tests/architecture/test_organisation_deletion.py` names the tables of which neither is true, with a reason.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from apps.accounts.models import Membership, Organisation, Switch, User
from apps.core.fields import EncryptedTextField
from apps.vault.models import SealingKey

PORTION = 500
# What still closes the organisation while all else goes, and what makes the rest unreadable when it is gone.
LAST: tuple[type[models.Model], ...] = (SealingKey, Switch)

Model = type[models.Model]


def rows_of(model: Model, organisation_id: object) -> models.QuerySet[Any]:
    """The organisation's rows of a table; none of one that belongs to no organisation."""
    condition = Q(pk__in=[])
    for lookup in lookups_of(model):
        condition |= Q(**{lookup: organisation_id})
    return model._base_manager.filter(condition)


@cache
def lookups_of(model: Model, *, passed: frozenset[Model] = frozenset()) -> tuple[str, ...]:
    """Fields that lead to the organisation: the row's own, or that of a row which it goes with."""
    keys = _foreign_keys(model)
    if own := tuple(key.name for key in keys if key.related_model is Organisation):
        return own
    for key in keys:
        target = key.related_model
        is_part = not key.null and key.remote_field.on_delete is models.CASCADE
        if is_part and target is not User and target not in passed:
            for lookup in lookups_of(target, passed=passed | {model}):
                return (f"{key.name}__{lookup}",)
    return ()


@cache
def deletion_order() -> tuple[Model, ...]:
    """Every table with rows of organisations: what points at others stands before them.

    Where tables point at each other, one goes first that the others only lose (SET_NULL), the one that fewest point at.
    Raises LookupError where there is none.
    """
    waiting = {model for model in apps.get_models(include_auto_created=True) if lookups_of(model)}
    ordered: list[Model] = []
    while waiting:
        pointers = {each: _pointers(each, waiting) for each in waiting}
        free = [each for each in waiting if not pointers[each]]
        if not free:
            losable = [each for each in waiting if all(map(_is_lost, pointers[each]))]
            if not losable:
                raise LookupError(f"These tables need each other: {sorted(map(_label, waiting))}")
            free = [min(losable, key=lambda each: (len(pointers[each]), _label(each)))]
        ordered += sorted(free, key=_label)
        waiting -= set(free)
    return (*(each for each in ordered if each not in LAST), *LAST)


def delete_portion(model: Model, organisation_id: object) -> int:
    """Some of the organisation's rows with their files; answers how many. A crash leaves rows whose files are gone."""
    keys = list(rows_of(model, organisation_id).order_by().values_list("pk", flat=True)[:PORTION])
    if not keys:
        return 0
    rows = model._base_manager.filter(pk__in=keys).defer(*_secrets(model))
    for field in file_fields(model):
        for name in rows.exclude(**{field.name: ""}).values_list(field.name, flat=True):
            field.storage.delete(name)
    with pgtrigger.ignore(), transaction.atomic():
        people = list(rows.values_list("user_id", flat=True)) if model is Membership else []
        rows.delete()
        # Who belongs to nobody else any more and does not run the installation.
        User.objects.filter(pk__in=people, memberships=None, is_staff=False).delete()
    return len(keys)


def file_fields(model: Model) -> list[models.FileField]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.FileField)]


def _pointers(target: Model, waiting: set[Model]) -> list[Any]:
    others = (key for model in waiting if model is not target for key in _foreign_keys(model))
    return [key for key in others if key.related_model is target]


def _is_lost(key: Any) -> bool:
    return key.remote_field.on_delete is models.SET_NULL


def _foreign_keys(model: Model) -> list[Any]:
    return [key for key in model._meta.concrete_fields if isinstance(key, models.ForeignKey)]


def _label(model: Model) -> str:
    return model._meta.label


def iterate(model: Model, organisation_id: object) -> Iterator[Any]:
    """The organisation's rows, few at a time, without their secrets."""
    rows = rows_of(model, organisation_id).defer(*_secrets(model))
    yield from rows.order_by("pk").iterator(chunk_size=PORTION)


def _secrets(model: Model) -> list[str]:
    """Columns that are opened as they are read: a row with one that no key opens any more is left as others are."""
    return [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
