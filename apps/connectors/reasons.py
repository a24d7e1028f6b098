"""Why a source or one of its items cannot be read. A code is stored with the other side's own words; people read a text."""

from django.utils.translation import gettext_lazy as _

from apps.core.connector_errors import CONNECTION_REASONS, ConnectorError
from apps.core.errors import Text
from apps.knowledge import reader

REASONS: dict[str, Text] = {
    **CONNECTION_REASONS,
    "login": _("The server refused access. Check the user name, the key and what they may read."),
    "busy": _("The server has been too busy for a day. Try again later, or synchronise less often."),
    "status": _("The server answered with an error. It will be tried again next time."),
    "missing": _("There is nothing at this address. Check it."),
    "redirect": _("The address redirects to another one. If that is right, enter it instead."),
    "too_large": _(
        "It is larger than the installation accepts. Split it, or ask the operator to raise the limit."
    ),
    "packed": _("The server sent a compressed response, which was not requested."),
    "robots": _("The site's robots.txt does not allow programs to read this."),
    "no_feed": _("There is no RSS or Atom feed at this address."),
    "empty": _("It has no text."),
    "folder_not_allowed": _("The operator has not allowed this folder for your organisation."),
    "folder_unreadable": _("The folder does not exist or cannot be read."),
    "database": _(
        "The database refused. Check the name of the table or view, its columns and the user's rights."
    ),
    "too_many_rows": _("It has more than 50,000 rows. Create a view with fewer."),
    "owner_gone": _(
        "The member it runs as may no longer edit the collection. Ask an editor of it to save the settings again."
    ),
    "quota": _("A quota is used up. Synchronising continues when it resets."),
    "storage": _("There is no room for more documents. Delete some, or ask the operator for more space."),
}


class SourceError(ConnectorError):
    """What a source or one of its items failed of; `code` is one of REASONS."""


class ItemClosed(SourceError):
    """A source that says who may read lets us read it no more: whom it still lets is not known."""


class ItemGone(Exception):
    """It is no longer there, and the source says so."""


class Busy(Exception):
    """The other side asks to come back later."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"in {seconds:.0f} seconds")


def reason_text(error: str) -> str:
    """Of a stored error, for people. Empty where nothing failed."""
    code, _colon, detail = error.partition(":")
    text = str(REASONS.get(code) or reader.EXPLANATIONS.get(code) or "")
    return f"{text} ({detail.strip()})" if text and detail.strip() else text
