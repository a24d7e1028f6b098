"""One mail to one member, and what the installation's mail server makes of it."""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_noop

from apps.core.mail import ConnectionLost, MailServerAway, deliver, single_line

MAX_SUBJECT_CHARACTERS = 200
ADDRESS_REFUSED = gettext_noop("The mail server rejected this address. Correct it in the member's account.")
MESSAGE_REFUSED = gettext_noop(
    "The mail server rejected the e-mail, possibly because of its size. Remove attachments and try again."
)
BUSY = gettext_noop("The mail server asked to try again later. Resend it in a few minutes.")


@dataclass(frozen=True)
class Mail:
    """What all get who may see the same. An attachment: file name, content, media type."""

    house: str
    subject: str
    text: str
    html: str
    attachments: list[tuple[str, bytes, str]]


def send(connection: Any, mail: Mail, address: str, *, number: str) -> str:
    """Empty, or why it was refused, untranslated. Raises MailServerAway. `number` is the same at each attempt: nobody knows
    what a worker had sent that was killed, and a mail program shows a mail of one number once.
    """
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    message = EmailMultiAlternatives(
        subject=single_line(mail.subject)[:MAX_SUBJECT_CHARACTERS],
        body=mail.text,
        from_email=formataddr((single_line(mail.house), sender)),
        to=[address],
        attachments=mail.attachments,
        headers={"Message-ID": f"<{number}@{sender.rpartition('@')[2] or 'localhost'}>"},
    )
    message.attach_alternative(mail.html, "text/html")
    try:
        refusal = deliver(connection, message)
    except ConnectionLost as error:
        raise MailServerAway from error
    if refusal is None:
        return ""
    if refusal.is_temporary:
        return BUSY
    return ADDRESS_REFUSED if refusal.is_of_address else MESSAGE_REFUSED
