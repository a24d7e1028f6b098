"""People stored many at a time: who is there is changed, who is not is made, and their segments are evaluated."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.marketing.profiles import membership
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import CONTACT_FIELDS, MAX_ATTRIBUTES, PersonValues
from apps.vault.encryption import text_sealer
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.fields import SealedField

SEALED_FIELDS = {name: cast(SealedField, Person._meta.get_field(name)) for name in CONTACT_FIELDS}
UPSERT = f"""
INSERT INTO "{Person._meta.db_table}" (id, organisation_id, external_id, name, email, phone, attributes, consents,
    unsubscribed, created_at, changed_at)
SELECT id, %s, external_id, name, email, phone, attributes, string_to_array(consents, ','), '{{}}', %s, %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::text[])
    AS new(id, external_id, name, email, phone, attributes, consents)
ON CONFLICT (organisation_id, external_id) DO UPDATE SET name = excluded.name, email = excluded.email,
    phone = excluded.phone, attributes = excluded.attributes, consents = excluded.consents,
    changed_at = excluded.changed_at
"""  # noqa: S608  (constants of this module)


@dataclass
class Stored:
    """`refused`: own number → why, see `person_values.PROBLEMS`."""

    created: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def store_people(organisation: Organisation, people: Iterable[PersonValues]) -> Stored:
    """One after the other by their own number; the same number twice is one person, of whom the later values hold.

    The same values once more change nothing. What people left stays left.
    """
    merged: dict[str, PersonValues] = {}
    for values in people:
        earlier = merged.get(values.external_id)
        merged[values.external_id] = _joined(earlier, values) if earlier else values
    # One writer of an organisation's people: what is sealed for a new row must not meet one made meanwhile.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"people:{organisation.pk}"])
    rows = Person.objects.within(organisation).filter(external_id__in=list(merged)).order_by("pk")
    known = {row.external_id: row for row in rows.select_for_update(no_key=True)}
    stored, written = Stored(), []
    for external_id, values in merged.items():
        row = known.get(external_id)
        is_new = row is None
        row = row or Person(organisation=organisation, external_id=external_id)
        contacts = _changed_contacts(row, values)
        attributes = {} if values.are_all else row.attributes
        attributes = {
            name: value for name, value in {**attributes, **values.attributes}.items() if value is not None
        }
        consents = row.consents if values.consents is None else sorted(set(values.consents))
        if len(attributes) > MAX_ATTRIBUTES:
            stored.refused[external_id] = "many_attributes"
        elif is_new or contacts or (attributes, consents) != (row.attributes, sorted(row.consents)):
            written.append((row, contacts, attributes, consents))
            (stored.created if is_new else stored.changed).append(row.pk)
    if written:
        _write(organisation, written)
        membership.refresh(organisation, [*stored.created, *stored.changed])
    return stored


def _joined(earlier: PersonValues, later: PersonValues) -> PersonValues:
    said = {
        name: getattr(later, name)
        for name in (*CONTACT_FIELDS, "consents")
        if getattr(later, name) is not None
    }
    attributes = later.attributes if later.are_all else {**earlier.attributes, **later.attributes}
    return replace(earlier, **said, attributes=attributes, are_all=earlier.are_all or later.are_all)


def _changed_contacts(row: Person, values: PersonValues) -> dict[str, str]:
    """What is said of name and addresses and is not what the row holds. What cannot be opened any more is replaced."""
    changed = {}
    for name in CONTACT_FIELDS:
        said = getattr(values, name)
        if said is None:
            continue
        sealed = row.__dict__[name]
        try:
            held = getattr(row, name)
        except (KeyLost, SealBroken):
            held = None
        # As it stands in the database: what stays is written back as it was.
        row.__dict__[name] = sealed
        if said != held:
            changed[name] = said
    return changed


def _write(
    organisation: Organisation,
    written: list[tuple[Person, dict[str, str], Mapping[str, object], list[str]]],
) -> None:
    seal = text_sealer(organisation.pk)
    columns: dict[str, list[str]] = {name: [] for name in CONTACT_FIELDS}
    for row, contacts, _attributes, _consents in written:
        for name, column in columns.items():
            text = contacts.get(name, "" if row._state.adding else None)
            held = (
                row.__dict__[name]
                if text is None
                else seal(text, SEALED_FIELDS[name].place(organisation.pk, row.pk))
            )
            column.append(held)
    now = timezone.now()
    parameters = [
        organisation.pk,
        now,
        now,
        [row.pk for row, *_rest in written],
        [row.external_id for row, *_rest in written],
        *columns.values(),
        [json.dumps(attributes) for _row, _contacts, attributes, _consents in written],
        [",".join(consents) for *_rest, consents in written],
    ]
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, parameters)
