"""Does a mail account work? Both servers are tried at once; the answer names the step that failed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core import imap
from apps.core.errors import Text
from apps.customer_service.channels.delivery_errors import ConnectorError, reason_of
from apps.customer_service.mail import smtp
from apps.customer_service.mail.models import MailAccount

CHECK_SECONDS = 40


@dataclass(frozen=True)
class Finding:
    part: str
    label: Text
    code: str = ""
    detail: str = ""

    @property
    def is_good(self) -> bool:
        return not self.code

    @property
    def reason(self) -> Text:
        return reason_of(self.code) if self.code else ""


def check(account: MailAccount) -> list[Finding]:
    """Try both servers now. Names the step that failed.

    Takes as long as the slower server, at most CHECK_SECONDS.
    """
    parts = (
        ("imap", _("Receiving (IMAP)"), imap.open_mailbox(account, seconds=CHECK_SECONDS)),
        ("smtp", _("Sending (SMTP)"), smtp.logged_in(account, seconds=CHECK_SECONDS)),
    )
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(lambda part: _finding(*part), parts))


def _finding(part: str, label: Text, connection: AbstractContextManager[object]) -> Finding:
    try:
        with connection:
            pass
    except ConnectorError as error:
        return Finding(part, label, error.code, error.detail)
    return Finding(part, label)
