"""Restricts collections and documents in all their versions, and says who may read them all the same."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.accounts.permissions import ROLE_LABELS
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.knowledge import ingestion, rights
from apps.knowledge.models import AccessGrant, Collection, Document

MAX_GRANTS = 500


@requires_permission("knowledge.edit")
@transaction.atomic
def restrict(actor: Actor, row: Collection | Document) -> None:
    """From now on only owners read it, and who holds a grant. Who does this keeps reading it. Raises PermissionDenied."""
    rights.require_editor(actor, _collection_of(row))
    if row.is_restricted:
        return
    row.is_restricted = True
    audit.record(actor, action=f"{row._meta.model_name}.restricted", target=row, details={"name": str(row)})
    member = actor.responsible_member
    for each in [row, *_other_versions(row)]:
        each.is_restricted = True
        each.save(update_fields=["is_restricted"])
        if member and not rights.Reader.of(actor).reads_all:
            keys: dict[str, Any] = {"organisation": row.organisation, **_place(each), "member": member}
            AccessGrant.objects.update_or_create(
                **keys, role="", group="", defaults={"may_edit": isinstance(row, Collection)}
            )


@requires_permission("knowledge.edit")
@transaction.atomic
def open_to_all(actor: Actor, row: Collection | Document) -> None:
    """Who may view knowledge reads it again, a document whoever reads its collection. Grants stay for another time.

    Raises PermissionDenied.
    """
    rights.require_editor(actor, _collection_of(row))
    if row.is_restricted:
        row.is_restricted = False
        for each in [row, *_other_versions(row)]:
            each.is_restricted = False
            each.save(update_fields=["is_restricted"])
        audit.record(actor, action=f"{row._meta.model_name}.opened", target=row, details={"name": str(row)})


@requires_permission("knowledge.edit")
def grant(
    actor: Actor,
    row: Collection | Document,
    *,
    member: UUID | None = None,
    role: str = "",
    group: str = "",
    may_edit: bool = False,
) -> AccessGrant:
    """To a member, to all of a role, or to all of a group of the identity provider: one of them. A document is edited by
    whoever edits its collection. Raises PermissionDenied, InvalidInput, and Conflict for what was granted already.
    """
    rights.require_editor(actor, _collection_of(row))
    if [bool(member), bool(role), bool(group)].count(True) != 1:
        raise InvalidInput(_("Choose a member, a role or a group: one of them."))
    if role and role not in ROLE_LABELS:
        raise InvalidInput(fields={"role": [_("There is no such role.")]})
    if rights.grants_of(row).count() >= MAX_GRANTS:
        raise InvalidInput(_("No more than 500 can be named. Name a role or a group instead."))
    person = Membership.objects.within(actor.organisation).one(pk=member, is_active=True) if member else None
    may_edit = may_edit and isinstance(row, Collection)

    def of(each: Collection | Document) -> AccessGrant:
        named: dict[str, Any] = {"member": person, "role": role, "group": group, "may_edit": may_edit}
        return AccessGrant(organisation=row.organisation, **_place(each), **named)

    made = of(row)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            AccessGrant.objects.bulk_create(map(of, _other_versions(row)), ignore_conflicts=True)
            details = {"name": str(row), "holder": made.holder, "may_edit": made.may_edit}
            audit.record(actor, action=f"{row._meta.model_name}.granted", target=row, details=details)
    except IntegrityError as error:
        raise Conflict(_("That is granted already.")) from error
    return made


@requires_permission("knowledge.edit")
@transaction.atomic
def revoke(actor: Actor, row: Collection | Document, *, grant: UUID) -> None:
    """Holds from the next search on. Raises PermissionDenied and NotFound."""
    rights.require_editor(actor, _collection_of(row))
    held = AccessGrant.objects.within(row.organisation).filter(**_place(row)).one(pk=grant)
    details = {"name": str(row), "holder": held.holder}
    audit.record(actor, action=f"{row._meta.model_name}.revoked", target=row, details=details)
    others = AccessGrant.objects.filter(document__in=_other_versions(row))
    others.filter(member=held.member, role=held.role, group=held.group).delete()
    held.delete()


@requires_permission("knowledge.edit")
@transaction.atomic
def mirror_rights(
    actor: Actor, document: Document, *, members: Iterable[Membership], groups: Iterable[str]
) -> None:
    """Restricts a document to those who may read it at its source, and to nobody else beside owners; whom it named before
    is forgotten. Raises PermissionDenied.
    """
    rights.require_editor(actor, document.collection)
    place = {"organisation": document.organisation, **_place(document)}
    document.grants.all().delete()
    grants = [AccessGrant(**place, member=member) for member in list(members)[:MAX_GRANTS]]
    grants += [AccessGrant(**place, group=group) for group in list(groups)[:MAX_GRANTS]]
    AccessGrant.objects.bulk_create(grants)
    document.is_restricted = True
    document.save(update_fields=["is_restricted"])
    details = {"name": str(document), "grants": len(grants)}
    audit.record(actor, action="document.restricted", target=document, details=details)


def keep_restriction(document: Document) -> None:
    """A new version is as closed as the one before, to the same people: whoever replaces a file opens it to nobody."""
    versions = Document.objects.versions_of(document).exclude(pk=document.pk)
    # Whoever changes its readers at this moment comes before or behind.
    earlier = versions.select_for_update(of=("self",)).order_by("-pk").first()
    if earlier is None:
        return
    document.is_restricted = earlier.is_restricted
    document.save(update_fields=["is_restricted"])
    place = {"organisation": document.organisation, **_place(document)}
    AccessGrant.objects.bulk_create(
        AccessGrant(**place, member=held.member, role=held.role, group=held.group)
        for held in rights.grants_of(earlier)
    )


def _other_versions(row: Collection | Document) -> list[Document]:
    """One version of a document is found while the next is being read, which replaces it: they have the same readers."""
    if isinstance(row, Collection):
        return []
    versions = Document.objects.versions_of(row)
    ingestion.lock_in_order(versions)
    # Asked again: what was uploaded in the meantime took its readers from these.
    return list(versions.exclude(pk=row.pk))


def _collection_of(row: Collection | Document) -> Collection:
    return row if isinstance(row, Collection) else row.collection


def _place(row: Collection | Document) -> dict[str, Collection | Document | None]:
    """Of grants: a collection's own have no document."""
    return {"collection": _collection_of(row), "document": row if isinstance(row, Document) else None}
