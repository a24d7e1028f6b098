"""Deleting an organisation: it is closed for some days, in which it can be taken back, and then goes with all it has.

The steps go in an order in which each can begin anew after a crash: what is found by rows goes before the rows, and the
keys go last. Until then the organisation stays closed.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from uuid import UUID

import pgtrigger
from django.contrib.admin.models import DELETION
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors as accounts
from apps.accounts import switches
from apps.accounts.actors import Actor, for_operators
from apps.accounts.models import Organisation, RetiredSlug, User
from apps.accounts.operators import OperatorActor
from apps.audit import selectors as audit_trail
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.operations import operator_trail
from apps.operations.deletion import kept_files, organisation_rows, redis_keys, selectors
from apps.operations.deletion.archive import EXPORT_ORGANISATION
from apps.operations.deletion.models import OrganisationDeletion, OrganisationExport, delay
from apps.privacy import outside_stores
from apps.vault import keys, rotation

State = OrganisationDeletion.State
# What an operator types who wants no export. In every language the same, so that nobody types it by accident.
WAIVER = "without export"
JOBS_AT_ONCE = 200

IsOver = Callable[[], bool]
# False: the next call goes on with it.
Step = Callable[[OrganisationDeletion, IsOver], bool]


@for_operators
@transaction.atomic
def ask_for_export(user: User, organisation: Organisation) -> OrganisationExport:
    """A new archive of all that the organisation has; earlier ones go. Raises Conflict while one is made, or once it is
    closed.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if switches.is_closed(organisation.pk):
        raise Conflict(_("This organisation is closed. Take it back before you export it again."))
    earlier = list(OrganisationExport.objects.within(organisation).select_related("job"))
    if any(each.is_under_way for each in earlier):
        raise Conflict(_("Already in progress."))
    for each in earlier:
        delete_export(each)
    export = OrganisationExport(organisation=organisation)
    export.job = jobs.create_job(
        Actor(organisation),
        kind=EXPORT_ORGANISATION,
        inputs={"organisation_export_id": str(export.pk)},
        subject=f"organisation:{organisation.pk}",
    )
    export.save()
    audit.record(OperatorActor(organisation, user), action="organisation.export_requested", target=export)
    return export


@transaction.atomic
def delete_export(export: OrganisationExport) -> None:
    """The archive, and the row that names it."""
    transaction.on_commit(partial(export.path.unlink, missing_ok=True))
    export.delete()


@for_operators
@transaction.atomic
def close(user: User, organisation: Organisation, *, name: str, waiver: str = "") -> OrganisationDeletion:
    """Nobody of it signs in from now on and nothing of it runs; when the delay is over, it goes.

    Raises InvalidInput where its name was not typed, or where there is neither an export nor a waiver, and Conflict
    where it is closed already.
    """
    row = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if name.strip() != row.name.strip():
        raise InvalidInput(fields={"name": [_("Type the name exactly as it is shown.")]})
    is_waived = waiver.strip().casefold() == WAIVER
    export = selectors.latest_export(row)
    if not is_waived and not (export and export.is_ready):
        message = _("Export the data first, or type “%(words)s”.") % {"words": WAIVER}
        raise InvalidInput(fields={"waiver": [message]})
    return begin_deletion(OperatorActor(row, user), user, is_export_waived=is_waived)


def begin_deletion(
    actor: Actor | OperatorActor, user: User, *, is_export_waived: bool
) -> OrganisationDeletion:
    """Closes the organisation of the actor, who is that user. To be called in a transaction, under its lock.

    Raises Conflict where it is closed already.
    """
    row = actor.organisation
    try:
        with transaction.atomic():
            deletion = OrganisationDeletion.objects.create(
                organisation_id=row.pk,
                requested_by=user,
                is_export_waived=is_export_waived,
                due_at=timezone.now() + delay(),
            )
    except IntegrityError as error:
        raise Conflict(_("This organisation is closed already.")) from error
    switches.close(row, changed_by=str(user))
    details = {"due": deletion.due_at.isoformat(), "is_export_waived": is_export_waived}
    audit.record(actor, action="organisation.closed", target=row, details=details)
    operator_trail.log(user, deletion, "closed", name=str(row.pk))
    return deletion


@for_operators
@transaction.atomic
def take_back(user: User, organisation: Organisation) -> None:
    """Opens it again, as it was. Raises NotFound where it is not closed, Conflict once the deletion has begun."""
    under_way = OrganisationDeletion.objects.under_way().filter(organisation_id=organisation.pk)
    deletion = under_way.first()
    if deletion is None:
        raise NotFound
    if not under_way.filter(state=State.CLOSED).update(state=State.TAKEN_BACK, ended_at=timezone.now()):
        raise Conflict(_("It is too late: the deletion has begun."))
    switches.reopen(organisation)
    audit.record(OperatorActor(organisation, user), action="organisation.reopened", target=organisation)
    operator_trail.log(user, deletion, "taken back", name=str(organisation.pk))


def advance(deletion: OrganisationDeletion, *, seconds: float) -> None:
    """Goes on with a deletion whose delay is over, for so long. The next call goes on where this one ends.

    Raises what a step raises; the deletion stays where it is, and the page says so.
    """
    ends_at = time.monotonic() + seconds
    # One worker at once, and no backup meanwhile: files would be missing in it whose rows it has.
    with suppress(rotation.BackupUnderWay), rotation.without_backup():
        _advance(deletion, lambda: time.monotonic() > ends_at)


def _advance(deletion: OrganisationDeletion, is_over: IsOver) -> None:
    row = OrganisationDeletion.objects.filter(pk=deletion.pk)
    if row.filter(state=State.CLOSED).update(state=State.DELETING, began_at=timezone.now()):
        last = audit_trail.last_entry(deletion.organisation_id)
        if last:
            row.update(trail_sequence=last.sequence, trail_hash=last.hash)
    deletion.refresh_from_db()
    for number in range(deletion.steps_done, len(STEPS)):
        if not STEPS[number](deletion, is_over):
            return
        row.update(steps_done=number + 1)


def _stop_jobs(deletion: OrganisationDeletion, is_over: IsOver) -> bool:
    """False while a worker has not noticed yet; of one that is gone, the lease runs out."""
    active = Job.objects.active().filter(organisation=deletion.organisation_id)
    # Those that were told to stop already are not asked again, so this ends.
    waiting = active.filter(cancel_requested_at=None).order_by("pk")
    while jobs_at_once := list(waiting.values_list("pk", flat=True)[:JOBS_AT_ONCE]):
        if not lifecycle.cancel_all(jobs_at_once) or is_over():
            break
    return not active.exists()


def _at_once(delete: Callable[[UUID], object]) -> Step:
    """Of what goes without a pause."""

    def step(deletion: OrganisationDeletion, is_over: IsOver) -> bool:
        delete(deletion.organisation_id)
        return True

    return step


def _delete_rows(deletion: OrganisationDeletion, is_over: IsOver) -> bool:
    """Counts in the transaction that deletes, so that a crash counts nothing twice."""
    row = OrganisationDeletion.objects.filter(pk=deletion.pk)
    for model in organisation_rows.deletion_order():
        while model not in organisation_rows.LAST:
            with transaction.atomic():
                count = organisation_rows.delete_portion(model, deletion.organisation_id)
                row.update(rows_count=F("rows_count") + count)
            if not count:
                break
            if is_over():
                return False
    return True


@transaction.atomic
def _finish(deletion: OrganisationDeletion, is_over: IsOver) -> bool:
    """What was written late, the keys, and the organisation, all at once: none of it is ever missing without the rest."""
    organisation = Organisation.objects.select_for_update().get(pk=deletion.organisation_id)
    for model in organisation_rows.deletion_order():
        while organisation_rows.delete_portion(model, organisation.pk):
            pass
    RetiredSlug.objects.get_or_create(digest=accounts.hash_secret(organisation.slug))
    with pgtrigger.ignore():
        organisation.delete()
    OrganisationDeletion.objects.filter(pk=deletion.pk).update(
        state=State.DELETED, ended_at=timezone.now(), steps_done=len(STEPS)
    )
    if deletion.requested_by:
        name = str(deletion.organisation_id)
        operator_trail.log(deletion.requested_by, deletion, "deleted", flag=DELETION, name=name)
    transaction.on_commit(switches.clear)
    transaction.on_commit(keys.clear_keys)
    return True


STEPS: tuple[Step, ...] = (
    _stop_jobs,
    _at_once(redis_keys.delete_keys),
    _at_once(outside_stores.delete),
    _delete_rows,
    _at_once(kept_files.delete_files),
    _at_once(kept_files.end_sessions),
    # Once more: what was told to open pages until the last of them was closed names the organisation itself.
    _at_once(redis_keys.delete_keys),
    _finish,
)
