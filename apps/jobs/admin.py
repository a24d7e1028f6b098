from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.accounts.admin_words import error_codes
from apps.core.errors import Text
from apps.jobs import job_types, webhook_events
from apps.jobs.models import IdempotencyKey, Job, QueueControl, Schedule, Webhook, WebhookDelivery
from apps.jobs.queues import LABELS


def job_type_labels() -> dict[str, Text]:
    return {kind.name: kind.label for kind in job_types.all_kinds()}


register(
    Table(
        Job,
        _("Jobs"),
        "kind state queue member created_at finished_at",
        "error_code attempt max_attempts api_key available_at started_at lease_expires_at cancel_requested_at erased_at",
        codes={"kind": job_type_labels, "queue": lambda: LABELS, "error_code": error_codes},
    ),
    Table(
        Schedule,
        _("Schedules"),
        "name kind cron time_zone is_enabled next_run_at",
        "member last_job created_at",
        codes={"kind": job_type_labels},
        search=("name",),
        is_named=True,
    ),
    tab=_("Jobs"),
)
register(
    Table(
        Webhook,
        _("Webhooks"),
        "url is_enabled created_at",
        "events",
        codes={"events": lambda: webhook_events.EVENTS},
        search=("url",),
        is_named=True,
    ),
    Table(
        WebhookDelivery,
        _("Webhook deliveries"),
        "webhook event state attempts created_at delivered_at",
        "job next_attempt_at response_status",
    ),
    tab=_("Integrations"),
)
register(
    Table(QueueControl, _("Queues"), "name mode changed_at", codes={"name": lambda: LABELS}, is_named=True),
    tab=_("Operations"),
)
register(
    Table(IdempotencyKey, _("Idempotency keys"), "status created_at"),
)
