"""Why somebody got no message, or none that is known of: the words for what stands in `Exposure.failure`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Skip(models.TextChoices):
    """Why nobody was even chosen for a channel."""

    NO_CONSENT = "no_consent", _("gave no consent")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    NO_ADDRESS = "no_address", _("no address for it")
    TOO_OFTEN = "too_often", _("written to often enough lately")


class Failure(models.TextChoices):
    """What became of a message that was not delivered, or is not known to be."""

    # Set before a mail leaves and taken away by the server's answer: who finds it never sends that message again.
    UNCONFIRMED = "unconfirmed", _("unknown whether it was sent")
    QUEUED = "queued", _("handed to your senders, who have not answered yet")
    DEFERRED = "deferred", _("refused for now, to be tried again")
    REFUSED_AGAIN = "refused_again", _("refused for now, again and again")
    REFUSED_ADDRESS = "refused_address", _("the mail server refused the address")
    REFUSED_MESSAGE = "refused_message", _("the mail server refused the message")
    BAD_ADDRESS = "bad_address", _("the address cannot be used")
    WEBHOOK_FAILED = "webhook_failed", _("your senders did not take it")
    PERSON_GONE = "person_gone", _("the person was deleted meanwhile")
    CANCELLED = "cancelled", _("the campaign was cancelled before")


# Neither delivered nor failed.
IN_HAND = (Failure.UNCONFIRMED, Failure.QUEUED, Failure.DEFERRED)
LABELS = {each.value: each.label for each in (*Skip, *Failure)}


def label_of(code: str) -> str:
    return str(LABELS.get(code, code))
