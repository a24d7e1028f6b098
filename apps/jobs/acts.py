"""What is done with jobs, schedules and webhooks at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.jobs import schedules, selectors, services, webhook_secrets, webhooks
from apps.jobs.forms import ReplayForm
from apps.jobs.models import Webhook

CANCEL_JOB = Act(
    services.cancel_by_hand,
    find=selectors.changeable_job,
    at="<uuid:job_id>/cancel/",
    label=_("Cancel"),
    icon="stop",
    look="danger",
    back=page_of("jobs:job"),
)
RETRY_JOB = Act(
    services.retry_by_hand,
    find=selectors.changeable_job,
    at="<uuid:job_id>/retry/",
    label=_("Run again"),
    icon="retry",
    look="primary",
    back=page_of("jobs:job"),
)
DELETE_SCHEDULE = delete_act(
    schedules.delete_schedule,
    find=lambda actor, schedule_id: selectors.changeable_schedules(actor).one(pk=schedule_id),
    at="schedules/<uuid:schedule_id>/delete/",
    confirm=_("Delete this schedule?"),
    success=_("The schedule was deleted."),
    back="jobs:schedules",
)
ROTATE_SECRET = Act(webhook_secrets.rotate_secret, Webhook.objects.within)
REPLAY_FAILED_DELIVERIES = Act(
    webhooks.replay_failed,
    Webhook.objects.within,
    at="webhooks/<uuid:webhook_id>/replay/",
    form=ReplayForm,
    success=_("Resending."),
    back=page_of("jobs:webhook"),
)
REPLAY_DELIVERY = Act(
    webhooks.replay_delivery,
    find=lambda actor, delivery_id: selectors.visible_deliveries(actor).one(pk=delivery_id),
    at="deliveries/<uuid:webhook_delivery_id>/replay/",
    label=_("Send again"),
    icon="retry",
    back=page_of("jobs:webhook", "webhook_id"),
)
