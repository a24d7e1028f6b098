import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, Text
from apps.customer_service.channels.delivery_errors import ConnectorError
from apps.customer_service.channels.services import create_connected_channel
from apps.customer_service.messengers.adapter import Messenger
from apps.customer_service.messengers.intake import LISTENERS, MESSENGERS
from apps.customer_service.messengers.models import MessengerAccount


@requires_permission("conversations.manage")
@transaction.atomic
def create_messenger_channel(
    actor: Actor,
    *,
    kind: str,
    name: str,
    language: str,
    credentials: Mapping[str, str],
    has_long_connection: bool = False,
) -> MessengerAccount:
    """Raises InvalidInput for a messenger that there is no adapter for, and for what is missing. It is connected by
    `connect_messenger`, or by itself where it has a long connection.
    """
    channel = create_connected_channel(actor, kind=kind, name=name, language=language)
    account = MessengerAccount(organisation=actor.organisation, channel=channel)
    _fill(account, credentials, has_long_connection=has_long_connection)
    account.save(force_insert=True)
    audit.record(actor, action="messenger_account.created", target=account, details={"kind": kind})
    return account


@requires_permission("conversations.manage")
@transaction.atomic
def change_messenger_account(
    actor: Actor,
    account: MessengerAccount,
    *,
    credentials: Mapping[str, str],
    has_long_connection: bool | None = None,
) -> MessengerAccount:
    """A secret that is empty or left out keeps the one that is stored. What changed has to be connected anew.

    Raises InvalidInput.
    """
    account = (
        MessengerAccount.objects.select_for_update(of=("self",)).select_related("channel").get(pk=account.pk)
    )
    before = (account.credentials, account.has_long_connection)
    wants_line = account.has_long_connection if has_long_connection is None else has_long_connection
    _fill(account, credentials, has_long_connection=wants_line)
    if before != (account.credentials, account.has_long_connection):
        account.connected_at, account.error, account.failures = None, "", 0
        # Whoever holds the connection loses it, and it is opened with what is stored now.
        account.held_until = timezone.now()
        account.save()
        audit.record(actor, action="messenger_account.changed", target=account)
    return account


@requires_permission("conversations.manage")
def connect_messenger(actor: Actor, account: MessengerAccount) -> MessengerAccount:
    """Tries the credentials, and tells a messenger that can be told where to bring messages. What goes wrong is kept in
    `error`. Raises Conflict where messengers would have to call and the installation has no public HTTPS address.
    """
    messenger = _messenger_of(account)
    if not account.has_long_connection and not settings.PUBLIC_URL.startswith("https://"):
        raise Conflict(
            _(
                "Messengers only call https addresses. The operator has to set PUBLIC_URL to the public "
                "address."
            ),
            code="no_public_https",
        )
    changes: dict[str, Any] = {"error": ""}
    try:
        changes["bot_name"] = messenger.connect(account, hook_url(account))
    except ConnectorError as error:
        changes["error"] = error.stored
    if messenger.registers_hook:
        changes["connected_at"] = None if changes["error"] else timezone.now()
    MessengerAccount.objects.filter(pk=account.pk).update(**changes)
    account.refresh_from_db()
    return account


def hook_url(account: MessengerAccount) -> str:
    path = reverse("customer_service:messenger_hook", args=[account.channel.kind, account.pk])
    return f"{settings.PUBLIC_URL}{path}"


def _messenger_of(account: MessengerAccount) -> Messenger:
    """Raises InvalidInput."""
    if messenger := MESSENGERS.get(account.channel.kind):
        return messenger
    raise InvalidInput(fields={"kind": [", ".join(MESSENGERS)]})


def _fill(account: MessengerAccount, credentials: Mapping[str, str], *, has_long_connection: bool) -> None:
    """Raises InvalidInput by field."""
    kind = account.channel.kind
    fields = {each.name: each for each in _messenger_of(account).fields}
    problems: dict[str, list[Text]] = {}
    if has_long_connection and kind not in LISTENERS:
        problems["has_long_connection"] = [_("This messenger offers no long connection.")]
    values = account.credentials
    for name, value in credentials.items():
        if name not in fields:
            problems[name] = [_("This messenger has no such field.")]
        elif value.strip() or not fields[name].is_secret:
            values[name] = value.strip()
    for name, field in fields.items():
        if problem := field.problem(values, has_long_connection=has_long_connection):
            problems[name] = [problem]
    if problems:
        raise InvalidInput(fields=problems)
    account.credentials_json, account.has_long_connection = json.dumps(values), has_long_connection
