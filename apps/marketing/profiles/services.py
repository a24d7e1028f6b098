"""What people and other systems do with the people of an organisation, and what segments make of a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import PROBLEMS, PersonValues, RejectedValue, read_person
from apps.marketing.profiles.privacy import RECIPIENT, scope_of_person
from apps.marketing.profiles.upserts import store_people
from apps.marketing.rules import membership
from apps.privacy import registry

# What a request checks and stores while a system waits.
MAX_BULK_PEOPLE = 1000


@dataclass
class BulkResult:
    """`errors`: place of a row → field → what is wrong with it."""

    created: int = 0
    changed: int = 0
    errors: dict[int, dict[str, list[Any]]] = field(default_factory=dict)


@requires_permission("marketing.people")
@transaction.atomic
def save_person(actor: Actor, person: Person | None, *, values: Mapping[str, Any]) -> Person:
    """Saves what a form says, which is all that there is of somebody. A person who is there already keeps their own
    number. Raises InvalidInput per field.
    """
    if person is not None:
        values = {**values, "external_id": person.external_id}
    try:
        read = read_person(values, are_all=True)
    except RejectedValue as problem:
        raise InvalidInput(fields={problem.field: [PROBLEMS[problem.code]]}) from problem
    rows = Person.objects.within(actor.organisation).filter(external_id=read.external_id)
    if person is None and rows.exists():
        raise InvalidInput(fields={"external_id": [_("This customer ID is already in use.")]})
    stored = store_people(actor.organisation, [read])
    if stored.refused:
        raise InvalidInput(fields={"attributes": [PROBLEMS[code] for code in stored.refused.values()]})
    row = rows.get()
    if stored.created or stored.changed:
        audit.record(actor, action="person.changed" if person else "person.created", target=row)
    return row


@requires_permission("marketing.people")
@transaction.atomic
def store_rows(actor: Actor, rows: Sequence[object]) -> BulkResult:
    """Stores those that can be; the others are told with what is wrong. Attributes are added, None takes one away."""
    result, people, places = BulkResult(), list[PersonValues](), dict[str, int]()
    for place, values in enumerate(rows):
        try:
            person = read_person(values)
        except RejectedValue as problem:
            result.errors[place] = {problem.field: [PROBLEMS[problem.code]]}
        else:
            people.append(person)
            places[person.external_id] = place
    stored = store_people(actor.organisation, people)
    for number, code in stored.refused.items():
        result.errors[places[number]] = {"attributes": [PROBLEMS[code]]}
    result.created, result.changed = len(stored.created), len(stored.changed)
    if result.created or result.changed:
        details = {"created": result.created, "changed": result.changed, "rejected": len(result.errors)}
        audit.record(actor, action="people.stored", details=details)
    return result


@transaction.atomic
def unsubscribe(person: Person, channel: str, *, actor: Actor | None = None) -> None:
    """As the person asked: nothing is sent to them on this channel any more, whatever a later import says.

    `actor`: the member who wrote down that they asked; none where they did it themselves by a link.
    """
    rows = Person.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    row = rows.get(pk=person.pk)
    if channel in row.unsubscribed:
        return
    row.unsubscribed, row.changed_at = [*row.unsubscribed, channel], timezone.now()
    row.save(update_fields=["unsubscribed", "changed_at"])
    membership.refresh(row.organisation, [row.pk])
    who, details = actor or Actor(row.organisation), {"channel": channel}
    audit.record(who, action="person.unsubscribed", target=row, details=details)


@requires_permission("marketing.people")
@transaction.atomic
def erase_person(actor: Actor, person: Person) -> None:
    """All that is held about them goes; what was counted of them stays as numbers of nobody. It cannot be undone."""
    held = Person.objects.within(actor.organisation).select_for_update().one(pk=person.pk)
    rows = registry.erase(RECIPIENT, scope_of_person(held))
    audit.record(actor, action="person.erased", target=held, details={"rows": rows})


@transaction.atomic
def person_report(actor: Actor, person: Person) -> dict[str, Any]:
    """All that is held about them, for them to read."""
    held = registry.report(RECIPIENT, scope_of_person(person))
    audit.record(actor, action="person.report_exported", target=person)
    return {
        "organisation": actor.organisation.name,
        "external_id": person.external_id,
        "made_at": timezone.now().isoformat(),
        "held": held,
    }
