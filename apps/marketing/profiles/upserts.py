"""People stored many at a time: who is there is changed, who is not is made, and their segments are evaluated."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.locks import lock_until_commit
from apps.core.models import new_id
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import CONTACT_FIELDS, MAX_ATTRIBUTES, PersonValues
from apps.marketing.rules import membership
from apps.vault.encryption import text_sealer, unseal_text
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.fields import SealedField

SEALED_FIELDS = {name: cast(SealedField, Person._meta.get_field(name)) for name in CONTACT_FIELDS}
# A list as one parameter: thousands of them take longer to write down than to look up.
HELD = f"""
SELECT external_id, id, name, email, phone, attributes, consents FROM "{Person._meta.db_table}"
WHERE organisation_id = %s AND external_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608  (constants of this module)
UPSERT = f"""
INSERT INTO "{Person._meta.db_table}" (id, organisation_id, external_id, name, email, phone, attributes, consents,
    unsubscribed, created_at, changed_at)
SELECT id, %s, external_id, name, email, phone, attributes, consents, unsubscribed, %s, %s
FROM jsonb_to_recordset(%s::jsonb) AS new(id uuid, external_id text, name text, email text, phone text,
    attributes jsonb, consents text[], unsubscribed text[])
ON CONFLICT (organisation_id, external_id) DO UPDATE SET name = excluded.name, email = excluded.email,
    phone = excluded.phone, attributes = excluded.attributes, consents = excluded.consents,
    changed_at = excluded.changed_at
"""  # noqa: S608  (constants of this module)


class PersonRow(NamedTuple):
    """A person's row as it stands in the database, name and addresses sealed; of a new one they are missing."""

    pk: UUID
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: dict[str, Any] = {}
    consents: list[str] = []

    @property
    def is_new(self) -> bool:
        return self.name is None


@dataclass
class UpsertResult:
    """`refused`: own number → why, see `person_values.PROBLEMS`."""

    created: list[UUID] = field(default_factory=list)
    changed: list[UUID] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def store_people(organisation: Organisation, people: Iterable[PersonValues]) -> UpsertResult:
    """One after the other by their own number; the same number twice is one person, of whom the later values hold.

    The same values once more change nothing. What people left stays left.
    """
    merged: dict[str, PersonValues] = {}
    for values in people:
        earlier = merged.get(values.external_id)
        merged[values.external_id] = _merge(earlier, values) if earlier else values
    lock_people(organisation)
    with connection.cursor() as cursor:
        cursor.execute(HELD, [organisation.pk, list(merged)])
        known = {
            external_id: PersonRow(pk, name, email, phone, orjson.loads(attributes), consents)
            for external_id, pk, name, email, phone, attributes, consents in cursor.fetchall()
        }
    left = _left_before(organisation, merged.keys() - known.keys())
    stored, written, seal = UpsertResult(), list[dict[str, Any]](), text_sealer(organisation.pk)
    # What a seal is bound to, up to the row's own id: of thousands of rows it is the same.
    places = {name: each.place(organisation.pk, "") for name, each in SEALED_FIELDS.items()}
    for external_id, values in merged.items():
        row = known.get(external_id) or PersonRow(new_id())
        pk = str(row.pk)
        contacts = _changed_contacts(places, row, values)
        attributes = {} if values.are_all else row.attributes
        attributes = {
            name: value for name, value in {**attributes, **values.attributes}.items() if value is not None
        }
        consents = row.consents if values.consents is None else sorted(set(values.consents))
        if len(attributes) > MAX_ATTRIBUTES:
            stored.refused[external_id] = "many_attributes"
        elif row.is_new or contacts or (attributes, consents) != (row.attributes, row.consents):
            (stored.created if row.is_new else stored.changed).append(row.pk)
            sealed = {name: getattr(row, name) for name in CONTACT_FIELDS} | {
                name: seal(text, places[name] + pk) for name, text in contacts.items()
            }
            written.append(
                {
                    "id": pk,
                    "external_id": external_id,
                    **sealed,
                    "attributes": attributes,
                    "consents": consents,
                    "unsubscribed": left.get(external_id, []),
                }
            )
    if written:
        now = timezone.now()
        with connection.cursor() as cursor:
            cursor.execute(UPSERT, [organisation.pk, now, now, orjson.dumps(written).decode()])
        membership.refresh(organisation, [*stored.created, *stored.changed])
    return stored


def lock_people(organisation: Organisation) -> None:
    """One writer of an organisation's people: what is sealed for a new row must not meet one made meanwhile, nor come
    beside somebody who leaves.
    """
    lock_until_commit(f"people:{organisation.pk}")


def _left_before(organisation: Organisation, numbers: Collection[str]) -> dict[str, list[str]]:
    """By own number, the channels that people left who were written to before they were stored here."""
    exposures = Exposure.objects.within(organisation).filter(person=None, unsubscribed_at__isnull=False)
    left = exposures.filter(subject__in=list(numbers)).exclude(arm__channel="").order_by()
    return dict(left.values_list("subject").annotate(channels=ArrayAgg("arm__channel", distinct=True)))


def _merge(earlier: PersonValues, later: PersonValues) -> PersonValues:
    said = {
        name: getattr(later, name)
        for name in (*CONTACT_FIELDS, "consents")
        if getattr(later, name) is not None
    }
    attributes = later.attributes if later.are_all else {**earlier.attributes, **later.attributes}
    return replace(earlier, **said, attributes=attributes, are_all=earlier.are_all or later.are_all)


def _changed_contacts(places: dict[str, str], row: PersonRow, values: PersonValues) -> dict[str, str]:
    """What is said of name and addresses and is not what the row holds. What cannot be opened any more is replaced."""
    changed = {}
    for name, place in places.items():
        said, sealed = getattr(values, name), getattr(row, name)
        if sealed is None:
            changed[name] = said or ""
        elif said is not None:
            try:
                held = unseal_text(sealed, place=f"{place}{row.pk}")
            except (KeyLost, SealBroken):
                held = None
            if said != held:
                changed[name] = said
    return changed
