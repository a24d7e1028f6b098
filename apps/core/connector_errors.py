"""What a connection to another system fails of, whatever is sent or fetched over it."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

DETAIL_CHARACTERS = 300
# Code → what people read. Whoever connects has more of their own.
CONNECTION_REASONS: dict[str, Text] = {
    "dns": _("The server name was not found. Check the spelling."),
    "private": _("The server is on a private network. The operator can allow it with PRIVATE_NETWORKS."),
    "connection": _("The server cannot be reached. Check its name and port."),
    "timeout": _("The server timed out."),
    "tls": _("Cannot encrypt the connection. Check the server's certificate and TLS settings."),
    "folder": _("This folder does not exist in the mailbox."),
    "protocol": _("The server sent an invalid response."),
}


class ConnectorError(Exception):
    """What a connection to another system failed of: `code` is one of the reasons of whoever connects, `detail` what the
    other side said.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = " ".join(detail.replace("\x00", "").split())[:DETAIL_CHARACTERS]
        super().__init__(self.stored)

    @property
    def stored(self) -> str:
        return f"{self.code}: {self.detail}"
