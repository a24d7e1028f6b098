import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext_lazy as _

from apps.core.errors import ServiceUnavailable

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


def single_line(text: str) -> str:
    """For a header: a line break would begin another one."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
