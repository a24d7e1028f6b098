import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

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
