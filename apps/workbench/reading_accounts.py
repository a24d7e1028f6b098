"""A member with whose rights a published app reads documents, where that is not whoever runs it."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.audit import services as audit
from apps.core.errors import InvalidInput, PermissionDenied
from apps.core.locks import lock_until_commit
from apps.workbench import selectors
from apps.workbench.models import App

MAY_CHOOSE = "organisation.manage"
ACCOUNT_GONE = _(
    "The member with whose rights this app reads documents has left, or may not view documents any more. An "
    "administrator has to choose another account for the app."
)


@requires_permission(MAY_CHOOSE)
@transaction.atomic
def choose_account(actor: Actor, app: App, *, account: Membership) -> App:
    """From now on everybody who may use the app gets what the account may read, out of steps that read documents. Raises
    InvalidInput for a member who may read none, and PermissionDenied for more than the actor may read.
    """
    actor.require("workbench.publish")
    if not Actor.from_member(account).may("knowledge.view"):
        raise InvalidInput(fields={"account": [_("This member may not view documents. Choose another one.")]})
    lock_until_commit(f"app:{app.pk}")
    require_own_rights(actor, account)
    app.reading_account = account
    app.save(update_fields=["reading_account"])
    opened = [collection.name for collection in selectors.opened_collections(account)]
    details = {"app": app.name, "member": str(account.pk), "collections": opened}
    audit.record(actor, action="app.account_chosen", target=app, details=details)
    return app


@requires_permission("workbench.publish")
@transaction.atomic
def take_account_back(actor: Actor, app: App) -> App:
    """Documents are read with the rights of whoever runs the app again."""
    app.reading_account = None
    app.save(update_fields=["reading_account"])
    audit.record(actor, action="app.account_taken_back", target=app, details={"app": app.name})
    return app


def require_own_rights(actor: Actor, account: Membership) -> None:
    """Nobody opens to others what they may not read. Raises PermissionDenied."""
    if selectors.opening(actor, account).has_more:
        raise PermissionDenied(_("You can only open documents that you may view yourself."))


def require_publisher(actor: Actor, app: App) -> None:
    """Another text reads with the account's rights, too: who publishes it has to be somebody who may choose the account.
    Raises PermissionDenied.
    """
    if app.reading_account is None:
        return
    if not actor.may(MAY_CHOOSE):
        reason = _(
            "This app reads documents with the rights of %(name)s. Only someone who manages the organisation can publish "
            "it; or take the account back first."
        )
        raise PermissionDenied(reason % {"name": app.reading_account.user})
    require_own_rights(actor, app.reading_account)


def account_of(app_id: UUID | None) -> Actor | None:
    """With what the app's account may do today; None where it has none. Raises PermissionDenied where it has left."""
    if app_id is None:
        return None
    chosen = App.objects.filter(pk=app_id).values("reading_account")
    member = Membership.objects.select_related("organisation", "user").filter(pk__in=chosen).first()
    if member is None:
        return None
    actor = Actor.from_member(member)
    if not (member.is_active and member.user.is_active and actor.may("knowledge.view")):
        raise PermissionDenied(ACCOUNT_GONE, code="account_gone")
    return actor
