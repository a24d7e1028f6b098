"""Switching a desk or a tool off and on: in an organisation by its members, in all of them by an operator."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, for_operators, requires_permission
from apps.accounts.models import Organisation, Switch, User
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.jobs import broker, job_types
from apps.operations import operator_trail

ALREADY = _("Already in this state. Reload the page.")


@requires_permission("operations.manage")
@transaction.atomic
def switch(actor: Actor, name: str, *, is_on: bool) -> None:
    """Raises Conflict where somebody else was faster."""
    _set(actor.organisation, name, is_on=is_on, changed_by=actor.name)
    audit.record(actor, action=_action(is_on), details={"switch": name})


@for_operators
@transaction.atomic
def switch_everywhere(user: User, name: str, *, is_on: bool) -> None:
    """Like `switch`, above what each organisation chose for itself."""
    _set(None, name, is_on=is_on, changed_by=str(user))
    operator_trail.record_everywhere(user, action=_action(is_on), details={"switch": name})


def _set(organisation: Organisation | None, name: str, *, is_on: bool, changed_by: str) -> None:
    if is_on:
        is_changed = bool(Switch.objects.filter(organisation=organisation, name=name).delete()[0])
    else:
        _row, is_changed = Switch.objects.get_or_create(
            organisation=organisation, name=name, defaults={"changed_by": changed_by[:200]}
        )
    if not is_changed:
        raise Conflict(ALREADY, code="switch_unchanged")
    transaction.on_commit(switches.clear)
    for queue in {kind.queue for kind in job_types.all_kinds() if name in (kind.name, kind.desk)}:
        # What waited while it was off has no message any more.
        transaction.on_commit(partial(broker.wake_due, queue))


def _action(is_on: bool) -> str:
    return "switch.turned_on" if is_on else "switch.turned_off"
