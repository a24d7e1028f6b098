from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.channels.delivery_errors import ConnectorError
from apps.customer_service.channels.services import create_connected_channel
from apps.customer_service.messengers.intake import MESSENGERS
from apps.customer_service.messengers.models import MessengerAccount


@requires_permission("conversations.manage")
@transaction.atomic
def create_messenger_channel(
    actor: Actor, *, kind: str, name: str, language: str, token: str
) -> MessengerAccount:
    """Raises InvalidInput for a messenger that there is no adapter for. It is connected by `connect_messenger`."""
    if kind not in MESSENGERS:
        raise InvalidInput(fields={"kind": [", ".join(MESSENGERS)]})
    channel = create_connected_channel(actor, kind=kind, name=name, language=language)
    account = MessengerAccount.objects.create(organisation=actor.organisation, channel=channel, token=token)
    audit.record(actor, action="messenger_account.created", target=account, details={"kind": kind})
    return account


@requires_permission("conversations.manage")
@transaction.atomic
def change_messenger_account(actor: Actor, account: MessengerAccount, *, token: str) -> MessengerAccount:
    """An empty token keeps the one that is stored. A new one has to be connected."""
    if token and token != account.token:
        account.token, account.connected_at, account.error = token, None, ""
        account.save(update_fields=["token", "connected_at", "error"])
        audit.record(actor, action="messenger_account.changed", target=account)
    return account


@requires_permission("conversations.manage")
def connect_messenger(actor: Actor, account: MessengerAccount) -> MessengerAccount:
    """Tells the messenger where to bring messages. What goes wrong is kept in `error`. Raises Conflict where the
    installation has no public HTTPS address.
    """
    if not settings.PUBLIC_URL.startswith("https://"):
        raise Conflict(
            _(
                "Messengers only call https addresses. The operator has to set PUBLIC_URL to the public "
                "address."
            ),
            code="no_public_https",
        )
    try:
        account.bot_name = MESSENGERS[account.channel.kind].connect(account, hook_url(account))
    except ConnectorError as error:
        account.connected_at, account.error = None, error.stored
    else:
        account.connected_at, account.error = timezone.now(), ""
    account.save(update_fields=["bot_name", "connected_at", "error"])
    return account


def hook_url(account: MessengerAccount) -> str:
    path = reverse("customer_service:messenger_hook", args=[account.channel.kind, account.pk])
    return f"{settings.PUBLIC_URL}{path}"
