import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError, ServiceUnavailable

# SMTP's reply of a server that closes the connection (RFC 5321, 4.2.3).
SHUTTING_DOWN = 421
logger = logging.getLogger(__name__)


class LogBackend(BaseEmailBackend):
    """The backend where no mail server is set up: says in the log that a mail would have gone out, never what it says.

    Mails carry links that open an account; whoever reads logs must not get them.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            logger.warning(
                "EMAIL_URL is not set, so nobody gets the mail to %s: %s",
                ", ".join(message.to),
                message.subject,
            )
        return len(email_messages)


class MailServerAway(ServiceUnavailable):
    """The mail server does not answer, rejects our sign-in or refuses every mail: nothing was sent."""

    code = "mail_server_away"
    message = _(
        "The mail server is not responding or rejected the sign-in. It will be retried. "
        "If it keeps failing, contact the operator."
    )


class ConnectionLost(Exception):
    """It was gone while a message was on its way: nobody knows whether that one arrived."""


class NoMailServer(ApplicationError):
    status = 409
    code = "no_mail_server"
    message = _("Nothing was sent: no mail server is set up. Ask the operator to set EMAIL_URL.")


class Rejection(NamedTuple):
    """The server's answer to one message. `is_of_address`: it refuses the receiver, not what is said."""

    code: int
    is_of_address: bool

    @property
    def is_temporary(self) -> bool:
        return 400 <= self.code < 500


def require_mail_server() -> None:
    """Raises NoMailServer."""
    if not is_set_up():
        raise NoMailServer


def is_set_up() -> bool:
    """Whether the installation has a mail server, or only says in its log that a mail would have gone out."""
    return bool(f"{LogBackend.__module__}.{LogBackend.__qualname__}" != settings.EMAIL_BACKEND)


@contextmanager
def mail_server() -> Iterator[Any]:
    """One connection for many mails. Raises MailServerAway."""
    connection: Any = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        raise MailServerAway from error
    try:
        yield connection
    finally:
        # It has answered for every mail; how it says goodbye changes nothing.
        with suppress(SMTPException, OSError):
            connection.close()


def deliver(connection: Any, message: EmailMessage) -> Rejection | None:
    """A message to one receiver; None where the server took it.

    Raises MailServerAway where it certainly did not go, ConnectionLost where nobody knows.
    """
    try:
        connection.send_messages([message])
    except SMTPRecipientsRefused as error:
        [(code, _text)] = error.recipients.values()
        return _rejection(code, error, is_of_address=True)
    except SMTPDataError as error:
        return _rejection(error.smtp_code, error, is_of_address=False)
    except SMTPServerDisconnected as error:
        raise ConnectionLost from error
    except SMTPException as error:
        # The sender or an extension: what it says of this message holds for all of them.
        raise MailServerAway from error
    except OSError as error:
        raise ConnectionLost from error
    return None


def _rejection(code: int, error: SMTPException, *, is_of_address: bool) -> Rejection:
    if code == SHUTTING_DOWN:
        raise MailServerAway from error
    return Rejection(code, is_of_address)


def single_line(text: str) -> str:
    """For a header: a line break would begin another one."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
