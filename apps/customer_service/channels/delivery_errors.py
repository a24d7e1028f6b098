"""Why a mail or message did not go through. A code is stored with the other side's own words; staff read the text."""

from django.utils.translation import gettext_lazy as _

from apps.core.connector_errors import CONNECTION_REASONS
from apps.core.connector_errors import ConnectorError as ConnectorError
from apps.core.errors import Text

REASONS: dict[str, Text] = {
    **CONNECTION_REASONS,
    "login": _("The user name or password was rejected. Many providers require an app password."),
    "recipient": _("The visitor's address was refused."),
    "no_address": _("The visitor's address is unknown."),
    "rejected": _("The message was refused."),
    "unwritable": _("The message cannot be converted to the required format."),
    "bounced": _("The e-mail bounced."),
    "blocked": _("The visitor has blocked the bot or left the chat."),
    "token": _("The bot token was rejected. Enter a new one in the channel settings."),
    "credentials": _("The messenger rejected the credentials. Check them in the channel settings."),
    "permission": _("The messenger's app lacks a permission or is not published. Check it in its console."),
    "window": _(
        "The messenger lets us send no more until the visitor writes again. WeCom allows five messages in 48 hours."
    ),
    "elsewhere": _(
        "In WeCom, staff handle this chat or it has ended, so it cannot be answered from here. Let the API handle "
        "the chats of this account."
    ),
    "kf_account": _(
        "There is no such customer service account, or the app is not among those that can call its API in WeCom."
    ),
    "trusted_ip": _(
        "The messenger does not trust this server's IP address. Add it to the app's trusted IPs."
    ),
    "too_large": _("The file is too large."),
    "busy": _("The server asked us to try again later."),
    "no_account": _("This channel has no sending account."),
    "interrupted": _("Sending was interrupted twice. It may have arrived: check before you resend it."),
    "overloaded": _("An e-mail was not read in time because the system is busy. It will be retried."),
    "unexpected": _(
        "Reading an e-mail failed unexpectedly. It will be retried up to three times and then set "
        "aside. See the operator's log for details."
    ),
    "unforeseen": _("Sending failed unexpectedly. It will be retried. See the operator's log for details."),
    "postponed": _("A message could not be saved. It stays in the mailbox and will be fetched again."),
}
UNREADABLE: dict[str, Text] = {
    "time": _("takes too long to read"),
    "memory": _("takes too much memory to read"),
    "output": _("takes too much memory to read"),
    "interrupted": _("interrupted reading three times"),
}


class PermanentError(ConnectorError):
    """Trying again would change nothing. `sent_ids`: the parts that went through before."""

    def __init__(self, code: str, detail: str = "", *, sent_ids: tuple[str, ...] = ()) -> None:
        self.sent_ids = sent_ids
        super().__init__(code, detail)


class TemporaryError(ConnectorError):
    """Later it may go through. `sent_ids`: the parts that did already."""

    def __init__(
        self, code: str, detail: str = "", *, retry_after: float = 0, sent_ids: tuple[str, ...] = ()
    ) -> None:
        self.retry_after = retry_after
        self.sent_ids = sent_ids
        super().__init__(code, detail)


def reason_of(error_text: str) -> Text:
    """Empty where nothing failed."""
    return REASONS.get(error_text.partition(":")[0], "")


def unreadable_reason(error_text: str) -> Text:
    """Why a mail was kept aside unread."""
    return UNREADABLE.get(error_text.partition(":")[0], _("is damaged"))


def detail_of(error_text: str) -> str:
    return error_text.partition(":")[2].strip()
