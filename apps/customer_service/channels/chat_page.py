"""What the script of the visitors' page needs: addresses, and every sentence it may say."""

import base64
from io import BytesIO
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.customer_service.channels.models import Channel

APOLOGY = gettext_noop(
    "Sorry, I could not answer just now. Your message is saved. Please try again in a moment."
)


def qr_code(address: str) -> str:
    """As a picture that a page can show: black on white, whatever the theme."""
    import qrcode
    from qrcode.image.svg import SvgPathFillImage

    image = BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, border=2).save(image)
    return "data:image/svg+xml;base64," + base64.b64encode(image.getvalue()).decode()


def chat_texts(channel: Channel) -> dict[str, Any]:
    return {
        "channel": channel.slug,
        "api": reverse("api:visitor-conversations").removesuffix("conversations/"),
        "accepts_files": channel.accepts_files,
        "stages": {
            "waiting": _("Please wait, other visitors are ahead of you…"),
            "searching": _("Looking through our documents…"),
            "looking_up": _("Looking that up for you…"),
            "reading": _("Reading the results…"),
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
        "unsupported": _("This sentence is not supported by our documents. Please check with our staff."),
        "unsupported_note": _(
            "Underlined sentences are not supported by our documents. Please check with our staff."
        ),
        "solved": _("Problem solved"),
        "person": _("Talk to a person"),
        "thanks": _("Thank you! Your rating helps us."),
        "noted": _("Thank you. We will write to you as soon as we are back."),
    }


def _problem_words() -> dict[str, str]:
    return {
        "failed": _(APOLOGY),
        "retry": _("Try again"),
        "stopped": _("Stopped."),
        "answer_again": _("Continue answering"),
        "not_sent": _("You are offline. Your message will be sent when you reconnect."),
        "send_again": _("Send again"),
        "too_fast": _("You are sending messages too quickly. Please wait a moment."),
        "unusable": _("This message cannot be read. Please send plain text."),
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
            "This file type is not supported. Send images, PDF, text, Office documents or audio."
        ),
        "record": _("Record a voice message"),
        "end_recording": _("Send the voice message"),
        "recording": _("Recording… {time}"),
        "listening": _("Transcribing your message…"),
        "no_speech": _("No speech detected. Please try again, closer to the microphone."),
        "no_microphone": _("No microphone available. Allow it in your browser, or type instead."),
        "voice": _("Voice message"),
    }
