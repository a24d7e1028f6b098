"""What the script of the visitors' page needs: addresses, and every sentence it may say."""

import base64
from io import BytesIO
from typing import Any

import qrcode
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from qrcode.image.svg import SvgPathFillImage

from apps.customer_service.channels.models import Channel

APOLOGY = gettext_noop(
    "Sorry, I could not answer just now. Your message is safe: please try again in a moment."
)


def qr_code(address: str) -> str:
    """As a picture that a page can show: black on white, whatever the theme."""
    drawn = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, border=2).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def chat_texts(channel: Channel) -> dict[str, Any]:
    return {
        "channel": channel.slug,
        "api": reverse("api:visitor-conversations").removesuffix("conversations/"),
        "accepts_files": channel.accepts_files,
        "stages": {
            "waiting": _("One moment, others are being answered first…"),
            "searching": _("Looking through our documents…"),
            "looking_up": _("Looking that up for you…"),
            "reading": _("Reading what was found…"),
            "writing": _("Writing…"),
        },
        "words": {**_conversation_words(), **_problem_words(), **_file_words()},
    }


def _conversation_words() -> dict[str, str]:
    return {
        "you": _("You"),
        "assistant": _("Assistant"),
        "staff": _("Our staff"),
        "thinking": _("One moment…"),
        "sources": _("Sources"),
        "source": _("Source"),
        "unsupported": _("This sentence is not in our documents. Please check it with our staff."),
        "unsupported_note": _("What is underlined is not in our documents. Please ask our staff."),
        "solved": _("That solved it"),
        "person": _("Talk to a person"),
        "thanks": _("Thank you! Your rating helps us."),
        "noted": _("Thank you. We write to you as soon as we are back."),
    }


def _problem_words() -> dict[str, str]:
    return {
        "failed": _(APOLOGY),
        "retry": _("Try again"),
        "stopped": _("Stopped."),
        "answer_again": _("Answer after all"),
        "not_sent": _("Not sent yet: there is no connection. It goes out as soon as you are back online."),
        "send_again": _("Send again"),
        "too_fast": _("That was very fast. Please wait a moment before you write again."),
        "unusable": _("This message cannot be read. Please write it as plain text."),
        "not_now": _("We cannot answer right now. Please try again later."),
        "reconnecting": _("The connection was lost. Trying again…"),
    }


def _file_words() -> dict[str, str]:
    return {
        "remove": _("Remove"),
        "uploading": _("Sending the file…"),
        "too_large": _("This file is too large: at most {limit} MB.").format(
            limit=settings.ATTACHMENT_MAX_BYTES // 1024**2
        ),
        "not_accepted": _(
            "Send pictures, PDF, text or office documents, or sound. This file is something else."
        ),
        "record": _("Record a voice message"),
        "end_recording": _("Send the voice message"),
        "recording": _("Recording… {time}"),
        "listening": _("Listening to your message…"),
        "no_speech": _("We heard nobody speak. Please try again, closer to the microphone."),
        "no_microphone": _("There is no microphone to use. Allow it in your browser, or write instead."),
        "voice": _("Voice message"),
    }
