"""Why a mail or message did not go through. A code is stored with the other side's own words; staff read the text."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

REASONS: dict[str, Text] = {
    "dns": _("The server's name is not known. Check how it is spelt."),
    "private": _("The server is in a private network. The operator can allow that with PRIVATE_NETWORKS."),
    "connection": _("The server cannot be reached. Check its name and port."),
    "timeout": _("The server did not answer in time."),
    "tls": _(
        "The connection cannot be encrypted: the server's certificate or its TLS settings are not in order."
    ),
    "login": _("User name or password were refused. Many providers want a password made for apps."),
    "folder": _("The mailbox has no such folder."),
    "protocol": _("The server answered in a way that makes no sense."),
    "recipient": _("The visitor's address was refused."),
    "no_address": _("No address of the visitor is known."),
    "rejected": _("The message was refused."),
    "unwritable": _("The message cannot be written in the form that is needed."),
    "bounced": _("The mail came back: it could not be delivered."),
    "blocked": _("The visitor has blocked the bot or left the chat."),
    "token": _("The messenger does not accept the bot's token. Enter a new one in the channel's settings."),
    "busy": _("The other side asked to wait."),
    "no_account": _("The channel has no account to send from any more."),
    "interrupted": _("Sending was cut off twice. Perhaps it arrived: ask before you send it again."),
    "overloaded": _("A mail was not read in time: the machine is busy. It is tried again."),
    "unexpected": _(
        "Reading stopped at a mail for a reason nobody foresaw. It is tried again; after three times the mail is kept "
        "aside. The operator's log says more."
    ),
    "postponed": _("A message could not be stored now. It stays in the mailbox and is taken later."),
}
UNREADABLE: dict[str, Text] = {
    "time": _("takes too long to read"),
    "memory": _("takes too much memory to read"),
    "output": _("takes too much memory to read"),
    "interrupted": _("stopped the reading three times"),
}
DETAIL_CHARACTERS = 300


class ConnectorError(Exception):
    """`code` is one of REASONS, `detail` what the other side said."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = " ".join(detail.replace("\x00", "").split())[:DETAIL_CHARACTERS]
        super().__init__(self.stored)

    @property
    def stored(self) -> str:
        return f"{self.code}: {self.detail}"


class PermanentError(ConnectorError):
    """Trying again would change nothing."""


class TemporaryError(ConnectorError):
    """Later it may go through. `sent`: ids of the parts that did already."""

    def __init__(
        self, code: str, detail: str = "", *, retry_after: float = 0, sent: tuple[str, ...] = ()
    ) -> None:
        self.retry_after = retry_after
        self.sent = sent
        super().__init__(code, detail)


def reason_of(stored: str) -> Text:
    """Empty where nothing failed."""
    return REASONS.get(stored.partition(":")[0], "")


def unreadable_reason(stored: str) -> Text:
    """Why a mail was kept aside unread."""
    return UNREADABLE.get(stored.partition(":")[0], _("is damaged"))


def detail_of(stored: str) -> str:
    return stored.partition(":")[2].strip()
