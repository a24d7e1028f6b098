from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

# What the queues are called, for whoever runs the installation.
QUEUES: dict[str, Text] = {
    "interactive": _("answers that somebody waits for"),
    "batch": _("work in the background"),
    "ingest": _("reading documents"),
    "speech": _("writing down recordings"),
    "voice": _("writing down voice messages"),
}
