"""What an app sent to webhooks, read when it leaves: the stored event names the step alone, whose content lies sealed."""

from collections.abc import Mapping
from typing import Any

from apps.jobs import webhooks
from apps.jobs.models import WebhookDelivery
from apps.workbench.models import StepRun
from apps.workbench.step_kinds.send import EVENT


def content_of(delivery: WebhookDelivery) -> Mapping[str, Any]:
    """Raises NotFound once the run is deleted."""
    steps = StepRun.objects.within(delivery.organisation_id).select_related("run__app")
    row = steps.one(pk=delivery.payload["step_run"])
    return {
        "type": EVENT,
        "timestamp": row.began_at.isoformat(),
        "data": {
            "app": row.run.app.name,
            "app_run": str(row.run_id),
            "subject": row.result["subject"],
            "text": row.result["text"],
        },
    }


webhooks.register_late_content(
    EVENT, webhooks.LateContent(content_of, settle=lambda _delivery, _is_accepted: None)
)
