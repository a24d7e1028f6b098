"""What other systems can be told of: the frame's own events and those of every desk."""

from django.utils.translation import gettext_lazy as _

from apps.core import desks
from apps.core.errors import Text

# The end of “Tell it when …”.
EVENTS: dict[str, Text] = {
    "job.succeeded": _("a job succeeded"),
    "job.failed": _("a job failed"),
    "job.cancelled": _("a job was cancelled"),
    **{name: label for desk in desks.all_desks() for name, label in desk.webhook_events.items()},
    "audit.anchored": _("daily audit trail checkpoint"),
}


def choices() -> list[tuple[str, Text]]:
    """For fields; a migration names this function, so that a new desk's events need none."""
    return list(EVENTS.items())
