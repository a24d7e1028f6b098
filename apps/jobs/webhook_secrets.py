"""What of a webhook has a secret that is shown once: making one, and giving it another."""

import base64
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.jobs.models import Webhook
from apps.jobs.resources import WEBHOOKS
from apps.jobs.webhooks import SECRET_MARK
from apps.resources import services as resources

MAX_WEBHOOKS = 20


@requires_permission("webhooks.manage")
@transaction.atomic
def create_webhook(actor: Actor, *, url: str, events: Sequence[str]) -> Webhook:
    """Its `secret` is shown to the caller once; receivers check signatures with it. Raises Conflict where there are
    MAX_WEBHOOKS already, and InvalidInput.
    """
    if Webhook.objects.within(actor.organisation).count() >= MAX_WEBHOOKS:
        raise Conflict(_("Too many webhooks. Delete one first."))
    webhook = Webhook(organisation=actor.organisation, secret=_new_secret())
    return resources.save(actor, WEBHOOKS, {"url": url, "events": events}, row=webhook)


@requires_permission("webhooks.manage")
@transaction.atomic
def rotate_secret(actor: Actor, webhook: Webhook) -> Webhook:
    """A new secret for everything sent from now on."""
    webhook.secret = _new_secret()
    webhook.save(update_fields=["secret"])
    audit.record(actor, action="webhook.secret_rotated", target=webhook)
    return webhook


def _new_secret() -> str:
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()
