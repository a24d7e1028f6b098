"""Clearing a demonstration: an empty organisation of the same name takes its place, and it goes with all that it has.

Nothing tells the rows that the demo made from those that people added since, so all of them go, by the rules by which
any organisation is deleted: closed at once, deleted after the delay, until then to be taken back by an operator.
"""

from itertools import count

from django.db import transaction

from apps.accounts import selectors as accounts
from apps.accounts import services as organisations
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership, Organisation, RetiredSlug
from apps.audit import services as audit
from apps.core.errors import NotFound, PermissionDenied
from apps.operations.deletion import services as deletion
from apps.operations.demonstration import selectors

# Of the organisation itself: what is asked of the same people when they sign in holds on.
KEPT = ("output_language", "second_factor_roles", "idle_minutes")


@requires_permission("organisation.manage")
@transaction.atomic
def start_empty(actor: Actor) -> Organisation:
    """The empty organisation, with everybody who can sign in, in their roles.

    Raises PermissionDenied for all but owners, NotFound where nothing is simulated, Conflict where somebody was faster.
    """
    if not (actor.member and actor.is_owner):
        raise PermissionDenied
    old = Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation.pk)
    if not selectors.is_demonstration(old):
        raise NotFound
    owner = actor.member.user
    deletion.begin_deletion(actor, owner, is_export_waived=True)
    new = organisations.create_organisation(name=old.name, slug=_free_slug(old.slug), owner=owner)
    for name in KEPT:
        setattr(new, name, getattr(old, name))
    new.save(update_fields=KEPT)
    for member in selectors.staying_members(actor).exclude(user=owner):
        Membership.objects.create(organisation=new, user_id=member.user_id, role=member.role)
    member = Membership.objects.select_related("organisation", "user").get(organisation=new, user=owner)
    audit.record(Actor.from_member(member), action="organisation.started_empty", target=new)
    return new


def _free_slug(slug: str) -> str:
    """The old one with a number: nobody else's, now or before."""
    return next(wanted for number in count(2) if _is_free(wanted := f"{slug[:50]}-{number}"))


def _is_free(slug: str) -> bool:
    is_retired = RetiredSlug.objects.filter(digest=accounts.hash_secret(slug)).exists()
    return not is_retired and not Organisation.objects.filter(slug=slug).exists()
