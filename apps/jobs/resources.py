"""What the frame itself keeps in lists: the addresses of other systems."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.jobs import selectors, webhooks
from apps.jobs.forms import WebhookForm
from apps.jobs.models import Webhook
from apps.resources.declaration import Resource

WEBHOOKS = Resource(
    model=Webhook,
    name="webhook",
    plural="webhooks",
    rows=selectors.webhook_list,
    form=WebhookForm,
    columns={
        "url": _("Address"),
        "events": _("Events"),
        "is_enabled": _("State"),
        "created_at": _("Created"),
    },
    read="webhooks.manage",
    write="webhooks.manage",
    title=_("Webhooks"),
    lead=_("Notify your other systems when jobs end or conversations change. Every message is signed."),
    new_label=_("New webhook"),
    empty_title=_("No webhooks yet"),
    empty_text=_("Get notified when a job ends or a visitor writes, instead of polling."),
    icon="webhook",
    audit_fields=("url", "events", "is_enabled"),
    after_change=lambda _actor: transaction.on_commit(webhooks.clear_events_cache),
    delete_question=_("Delete this webhook and its deliveries?"),
    form_template="jobs/webhook.html",
)
