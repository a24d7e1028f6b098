from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.privacy import retention


@provider("organisation.manage")
def stopped_retention(actor: Actor) -> Alert | None:
    if retention.stopped_clock(actor.organisation) is None:
        return None
    text = _("Automatic deletion is paused: the system clock jumped ahead")
    return Alert(text, reverse("privacy:retention"), icon="clock", tone="bad")
