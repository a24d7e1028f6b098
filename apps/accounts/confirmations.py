"""Changes that need a second person: somebody asks, an owner confirms or refuses.

An app registers the change and how it is made, asks where `is_needed`, and returns the confirmation instead of the row.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts import alerts
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Confirmation, Organisation
from apps.audit import services as audit
from apps.core.errors import Conflict, NotFound, PermissionDenied, Text
from apps.core.models import OrganisationQuerySet

_changes: dict[str, "Change"] = {}
_conditions: list[Callable[[Organisation], bool]] = []


@dataclass(frozen=True)
class Change:
    """`make` makes it from what was asked for, in the name of the owner who confirms."""

    name: str
    label: Text
    make: Callable[[Actor, Mapping[str, Any]], object]


def register(change: Change) -> Change:
    _changes[change.name] = change
    return change


def needed_where(condition: Callable[[Organisation], bool]) -> Callable[[Organisation], bool]:
    """Registers a condition under which such changes need an owner, for example that there are patient records."""
    _conditions.append(condition)
    return condition


def is_needed(actor: Actor) -> bool:
    """Whether an owner has to confirm what the actor asks for. What an owner asks for is made at once."""
    return not actor.is_owner and any(condition(actor.organisation) for condition in _conditions)


@transaction.atomic
def request_confirmation(
    actor: Actor, change: Change, *, subject: str, payload: Mapping[str, Any]
) -> Confirmation:
    """`subject` is what the owner reads; `payload` is stored encrypted until it is decided."""
    confirmation = Confirmation.objects.create(
        organisation=actor.organisation,
        change=change.name,
        subject=subject[:300],
        payload=json.dumps(payload, cls=DjangoJSONEncoder),
        requested_by=actor.responsible_member,
    )
    _record(actor, "requested", confirmation)
    return confirmation


@requires_permission("organisation.manage")
@transaction.atomic
def confirm(actor: Actor, confirmation: Confirmation) -> Confirmation:
    """Makes the change as the owner. What speaks against it by now, as a name that is taken, leaves it pending. Raises
    PermissionDenied for all but owners, what the change raises, and Conflict where it is decided already or its kind is
    gone.
    """
    pending = _lock_pending(actor, confirmation)
    change = _changes.get(pending.change)
    if change is None:
        raise Conflict(_("This type of change no longer exists. Decline it."))
    try:
        change.make(actor, json.loads(pending.payload))
    except NotFound as gone:
        # What it is about, not the confirmation.
        raise Conflict(str(gone)) from gone
    return _decide(actor, pending, Confirmation.State.CONFIRMED)


@requires_permission("organisation.manage")
@transaction.atomic
def refuse(actor: Actor, confirmation: Confirmation) -> Confirmation:
    return _decide(actor, _lock_pending(actor, confirmation), Confirmation.State.REFUSED)


def confirmation_list(organisation: Organisation) -> OrganisationQuerySet[Confirmation]:
    """All confirmations of an organisation: those that wait first, then the latest decisions."""
    rows = Confirmation.objects.within(organisation).select_related("requested_by__user", "decided_by__user")
    return rows.order_by(F("decided_at").desc(nulls_first=True), "-created_at")


def labels() -> dict[str, Text]:
    return {name: change.label for name, change in _changes.items()}


def label_of(name: str) -> str:
    """What a change is called for people; its bare name where its app is not installed any more."""
    return str(_changes[name].label) if name in _changes else name


@alerts.provider("organisation.manage")
def waiting_confirmations(actor: Actor) -> alerts.Alert | None:
    pending = Confirmation.objects.within(actor.organisation).filter(state=Confirmation.State.PENDING)
    count = pending.count() if actor.is_owner else 0
    if not count:
        return None
    text = ngettext(
        "%(count)d change needs your confirmation", "%(count)d changes need your confirmation", count
    )
    return alerts.Alert(text % {"count": count}, reverse("accounts:confirmations"), icon="shield")


def _lock_pending(actor: Actor, confirmation: Confirmation) -> Confirmation:
    """Of two owners who decide at once, one does."""
    if not actor.is_owner:
        raise PermissionDenied(_("Only an owner can confirm or decline this."))
    row = Confirmation.objects.select_for_update().get(pk=confirmation.pk)
    if row.state != Confirmation.State.PENDING:
        raise Conflict(_("This has already been decided."), code="already_decided")
    return row


def _decide(actor: Actor, confirmation: Confirmation, state: Confirmation.State) -> Confirmation:
    # What was asked for may hold a secret, so it goes with the decision.
    confirmation.state, confirmation.payload = state, ""
    confirmation.decided_by, confirmation.decided_at = actor.member, timezone.now()
    confirmation.save(update_fields=["state", "payload", "decided_by", "decided_at"])
    _record(actor, state, confirmation)
    return confirmation


def _record(actor: Actor, what: str, confirmation: Confirmation) -> None:
    details = {"change": confirmation.change, "subject": confirmation.subject}
    audit.record(actor, action=f"confirmation.{what}", target=confirmation, details=details)
