"""What the frame itself keeps in lists: schedules of jobs and the addresses of other systems."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn, page_link
from apps.jobs import selectors, webhooks
from apps.jobs.forms import WebhookForm
from apps.jobs.models import Schedule, Webhook, WebhookDelivery
from apps.resources.declaration import Resource, RowList

SCHEDULES = RowList(
    model=Schedule,
    plural="schedules",
    visible_rows=selectors.visible_schedules,
    order=("-created_at",),
    columns={
        "name": _("Name"),
        "label": _("Kind"),
        "cron": ListColumn(_("Times"), note="time_zone", look="mono"),
        "next_run_at": ListColumn(_("Next run"), part="jobs/schedule_next.html"),
        "member.user": _("Runs as"),
        "last_job": ListColumn(_("Last"), part="jobs/schedule_last.html"),
    },
    read="jobs.view",
    page="jobs:schedule",
    title=_("Schedules"),
    parent=(_("Jobs"), "jobs:jobs"),
    icon="calendar",
    empty_title=_("No schedules yet"),
    empty_text=_("To repeat a job every day or week, open it and choose “Repeat”."),
    empty_page=(_("Jobs"), "jobs:jobs"),
)

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

WEBHOOK_DELIVERIES = RowList(
    model=WebhookDelivery,
    plural="webhook_deliveries",
    visible_rows=selectors.visible_deliveries,
    order=("-id",),
    columns={
        "event": ListColumn(_("Event"), link=page_link("jobs:job", "job_id"), look="mono"),
        "state": ListColumn(_("State"), kind="state"),
        "attempts": ListColumn(_("Attempts"), kind="number"),
        "response_status": ListColumn(_("Response"), part="jobs/delivery_response.html", look="small soft"),
        "created_at": _("Created"),
    },
    acts_part="jobs/replay.html",
    read="webhooks.manage",
    filters=("state",),
    icon="send",
    empty_title=_("Nothing sent yet"),
    empty_text=_("The next matching event sends the first message."),
)
