from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

# What the queues are called, for whoever runs the installation.
QUEUES: dict[str, Text] = {
    "interactive": _("interactive answers"),
    "batch": _("background work"),
    "ingest": _("document reading"),
    "speech": _("transcription"),
    "voice": _("voice message transcription"),
}
