"""One mail to one member, and what the installation's mail server makes of it."""

from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.core.errors import ApplicationError
from apps.core.mail import SHUTTING_DOWN, MailServerAway, is_set_up, single_line

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


class NoMailServer(ApplicationError):
    status = 409
    code = "no_mail_server"
    message = _("Nothing was sent: no mail server is set up. Ask the operator to set EMAIL_URL.")


def require_mail_server() -> None:
    """Raises NoMailServer."""
    if not is_set_up():
        raise NoMailServer


def send(connection: Any, mail: Mail, address: str) -> str:
    """Empty, or why it was refused, untranslated. Raises MailServerAway."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    message = EmailMultiAlternatives(
        subject=single_line(mail.subject)[:MAX_SUBJECT_CHARACTERS],
        body=mail.text,
        from_email=formataddr((single_line(mail.house), sender)),
        to=[address],
        attachments=mail.attachments,
    )
    message.attach_alternative(mail.html, "text/html")
    try:
        connection.send_messages([message])
    except SMTPRecipientsRefused as error:
        # One recipient a mail, so one refusal.
        [(code, _text)] = error.recipients.values()
        return _rejection(code, ADDRESS_REFUSED, error)
    except SMTPDataError as error:
        return _rejection(error.smtp_code, MESSAGE_REFUSED, error)
    except (SMTPException, OSError) as error:
        raise MailServerAway from error
    return ""


def _rejection(code: int, final: str, error: SMTPException) -> str:
    if code == SHUTTING_DOWN:
        raise MailServerAway from error
    return BUSY if 400 <= code < 500 else final
