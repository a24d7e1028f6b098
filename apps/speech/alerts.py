from django.urls import reverse
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.speech.models import Recording


@provider("recordings.edit")
def failed_recordings(actor: Actor) -> Alert | None:
    count = Recording.objects.within(actor.organisation).shared().failed().count()
    if not count:
        return None
    text = ngettext(
        "%(count)d recording could not be transcribed",
        "%(count)d recordings could not be transcribed",
        count,
    )
    return Alert(text % {"count": count}, reverse("speech:recordings"), icon="microphone", tone="bad")
