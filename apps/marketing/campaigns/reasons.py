"""Why somebody got no message, or none that is known of: the words for what stands in `Exposure.failure`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Skip(models.TextChoices):
    """Why nobody was even chosen for a channel."""

    NO_CONSENT = "no_consent", _("no consent")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    NO_ADDRESS = "no_address", _("no contact address")
    TOO_OFTEN = "too_often", _("frequency limit reached")


class Failure(models.TextChoices):
    """What became of a message that was not delivered, or is not known to be."""

    # Set before a mail leaves and taken away by the server's answer: who finds it never sends that message again.
    UNCONFIRMED = "unconfirmed", _("unknown whether it was sent")
    QUEUED = "queued", _("handed to your sending system, no response yet")
    DEFERRED = "deferred", _("temporarily rejected, will retry")
    REFUSED_AGAIN = "refused_again", _("temporarily rejected repeatedly")
    REFUSED_ADDRESS = "refused_address", _("the mail server rejected the address")
    REFUSED_MESSAGE = "refused_message", _("the mail server rejected the message")
    BAD_ADDRESS = "bad_address", _("invalid address")
    WEBHOOK_FAILED = "webhook_failed", _("rejected by your sending system")
    PERSON_GONE = "person_gone", _("the person was deleted")
    CANCELLED = "cancelled", _("the campaign was cancelled first")


# Neither delivered nor failed.
IN_HAND = (Failure.UNCONFIRMED, Failure.QUEUED, Failure.DEFERRED)
LABELS = {each.value: each.label for each in (*Skip, *Failure)}


def label_of(code: str) -> str:
    return str(LABELS.get(code, code))
