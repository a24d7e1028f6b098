"""What the script of the visitors' page needs: addresses, and every sentence it may say."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.customer_service.models import Channel

APOLOGY = gettext_noop(
    "Sorry, I could not answer just now. Your message is safe: please try again in a moment."
)


def chat_texts(channel: Channel) -> dict[str, Any]:
    return {
        "channel": channel.slug,
        "conversations": reverse("api:visitor-conversations"),
        "stages": {
            "waiting": _("One moment, others are being answered first…"),
            "searching": _("Looking through our documents…"),
            "writing": _("Writing…"),
        },
        "words": {
            "you": _("You"),
            "assistant": _("Assistant"),
            "staff": _("Our staff"),
            "thinking": _("One moment…"),
            "sources": _("Sources"),
            "source": _("Source"),
            "unsupported": _("This sentence is not in our documents. Please check it with our staff."),
            "unsupported_note": _("What is underlined is not in our documents. Please ask our staff."),
            "failed": _(APOLOGY),
            "retry": _("Try again"),
            "stopped": _("Stopped."),
            "answer_again": _("Answer after all"),
            "not_sent": _("Not sent: there is no connection."),
            "send_again": _("Send again"),
            "too_fast": _("That was very fast. Please wait a moment before you write again."),
            "unusable": _("This message cannot be read. Please write it as plain text."),
            "not_now": _("We cannot answer right now. Please try again later."),
            "with_person": _("A member of our staff is answering you."),
            "resolved": _("This conversation is resolved. Write again whenever you need us."),
            "reconnecting": _("The connection was lost. Trying again…"),
        },
    }
