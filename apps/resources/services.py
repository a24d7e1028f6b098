"""What changes a row, from whichever side it comes: the portal's forms, the REST API, tables, a desk's own services."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation

from apps.accounts.actors import Actor, requires_what
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import Conflict, InvalidInput, NotFound, Text
from apps.resources.declaration import Resource, Row

# Whoever may write the rows.
for_writers = requires_what(lambda resource, *_values, **_options: str(resource.write))


@for_writers
def save(
    actor: Actor,
    resource: Resource[Row],
    values: Mapping[str, Any],
    *,
    row: Row | None = None,
    updates_existing: bool = False,
) -> Row:
    """Writes `values` into `row` or a new one, through the form; what they leave out stays. Raises InvalidInput."""
    return store(actor, resource, values, row=row, updates_existing=updates_existing)


@transaction.atomic
def store(
    actor: Actor,
    resource: Resource[Row],
    values: Mapping[str, Any],
    *,
    row: Row | None = None,
    updates_existing: bool = False,
) -> Row:
    """As `save`, for services that say by themselves who may."""
    if row and not row._state.adding:
        # What they leave out stays as somebody else may have changed it a moment ago.
        row = _locked(actor, resource, row)
    fields = list(resource.form.base_fields)
    # Of a new row what its form would show first.
    present = (
        model_to_dict(row, fields=fields) if row else dict(resource.bound_form(actor.organisation).initial)
    )
    form = resource.bound_form(actor.organisation, present | dict(values), row)
    return _store_form(actor, resource, form, updates_existing=updates_existing)


@for_writers
@transaction.atomic
def save_form(actor: Actor, resource: Resource[Row], form: forms.ModelForm[Row]) -> Row:
    """Raises InvalidInput, also where another row has the identity; NotFound for a row that was deleted meanwhile."""
    return _store_form(actor, resource, form)


def _store_form(
    actor: Actor, resource: Resource[Row], form: forms.ModelForm[Row], *, updates_existing: bool = False
) -> Row:
    is_new = form.instance._state.adding
    if not is_new:
        # To store it would bring it back.
        _locked(actor, resource, form.instance)
    _check(form)
    if is_new and resource.identity and (updates_existing or resource.updates_existing):
        lookups = {lookup: form.cleaned_data[lookup.partition("__")[0]] for lookup in resource.identity}
        # The row that is there is written into instead, and the form checks again what it may now be.
        if row := resource.rows_within(actor.organisation).filter(**lookups).first():
            form, is_new = resource.bound_form(actor.organisation, form.data, row), False
            _check(form)
    try:
        # A savepoint: a table of many rows is saved in one transaction, which must outlive a refused row.
        with transaction.atomic():
            row = form.save()
    except IntegrityError as error:
        # Only the database knows whether somebody else was a moment faster.
        if not (resource.identity and isinstance(error.__cause__, UniqueViolation)):
            raise
        raise InvalidInput(fields={resource.identity[0].partition("__")[0]: [resource.conflict]}) from error
    _record(actor, resource, row, "created" if is_new else "changed")
    if resource.after_change:
        resource.after_change(actor)
    return row


@for_writers
@transaction.atomic
def delete(actor: Actor, resource: Resource[Row], row: Row) -> None:
    """Raises Conflict for a row that others cannot be without, NotFound where somebody else was faster."""
    row = _locked(actor, resource, row)
    _record(actor, resource, row, "deleted")
    try:
        row.delete()
    except ProtectedError as error:
        raise Conflict(
            _("This is in use and cannot be deleted. Delete what uses it first."), code="in_use"
        ) from error
    if resource.after_change:
        resource.after_change(actor)


@transaction.atomic
def import_table(actor: Actor, resource: Resource[Row], *, content: bytes) -> tables.TableImport:
    """How many rows a CSV file holds: all are saved, or none and InvalidInput names the wrong ones. Raises Conflict while
    another table is saved.
    """
    columns = [tables.Column(name, is_required=True) for name in resource.table_columns]
    table = tables.read(content, columns, code="table_unusable")
    imported = tables.save_all(
        table,
        lambda cells: save(actor, resource, cells, updates_existing=True),
        code="table_unusable",
        organisation_id=actor.organisation.pk,
    )
    audit.record(actor, action=f"{resource.name}.imported", details={"rows": imported.count})
    return imported


def _locked(actor: Actor, resource: Resource[Row], row: Row) -> Row:
    """The row as it is now, which nobody else changes or deletes before the commit. Raises NotFound."""
    rows = resource.model._default_manager.filter(organisation=actor.organisation)
    if present := rows.select_for_update(of=("self",)).filter(pk=row.pk).first():
        return present
    raise NotFound


def _check(form: forms.ModelForm[Row]) -> None:
    if not form.is_valid():
        fields: dict[str, list[Text]] = {name: [*lines] for name, lines in form.errors.items()}
        if NON_FIELD_ERRORS in fields:
            fields["non_field_errors"] = fields.pop(NON_FIELD_ERRORS)
        raise InvalidInput(fields=fields)


def _record(actor: Actor, resource: Resource[Row], row: Row, change: str) -> None:
    details = {name: getattr(row, name) for name in resource.audit_fields}
    audit.record(actor, action=f"{resource.name}.{change}", target=row, details=details)
