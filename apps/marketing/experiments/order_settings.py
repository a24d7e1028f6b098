"""What an order may be worth and how many an exposure has, and the key with which a shop's server signs an order.

The key is made from `SECRET_KEY`, the organisation and a number, so none is stored; another number is another key.
"""

from django.db import transaction

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.organisation_settings import OrganisationSettings
from apps.audit import services as audit
from apps.marketing.experiments.models import OrderSettings

ORDER_SETTINGS = OrganisationSettings(
    OrderSettings,
    fields=("max_orders_per_exposure", "max_order_value"),
    action="order_settings.changed",
    may_view="marketing.use",
    may_change="marketing.manage",
)


@requires_permission(ORDER_SETTINGS.may_change)
@transaction.atomic
def show_key(actor: Actor) -> str:
    audit.record(actor, action="order_key.shown")
    return ORDER_SETTINGS.read(actor.organisation).signing_key


@requires_permission(ORDER_SETTINGS.may_change)
@transaction.atomic
def replace_key(actor: Actor) -> None:
    """What was signed with the old one counts without its value from now on."""
    rows = OrderSettings.objects
    rows.get_or_create(organisation=actor.organisation)
    chosen = rows.select_for_update().get(organisation=actor.organisation)
    chosen.key_number += 1
    chosen.save(update_fields=["key_number"])
    audit.record(actor, action="order_key.replaced")
