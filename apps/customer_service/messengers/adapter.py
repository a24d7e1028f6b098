"""What a messenger has to be able to do. docs/messengers.md tells how to add one."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.customer_service.channels.delivery_errors import ConnectorError
from apps.customer_service.messengers.models import MessengerAccount


class Unparseable(Exception):
    """The messenger sent something that is no update of its protocol."""


MISSING = _("Copy this from the messenger's console.")


@dataclass(frozen=True)
class CredentialField:
    """What the messenger's console shows and people copy here, called as the console calls it.

    `is_for_hook`: only needed where the messenger calls us. `unless`: not needed where this other field is filled in.
    """

    name: str
    label: Text
    help_text: Text = ""
    is_secret: bool = False
    is_required: bool = True
    is_for_hook: bool = False
    unless: str = ""
    characters: int = 0

    def problem(self, values: Mapping[str, str], *, has_long_connection: bool) -> Text | None:
        """What a person has to do about the field."""
        if value := values.get(self.name):
            if self.characters and len(value) != self.characters:
                return _("This has %(count)d characters.") % {"count": self.characters}
            return None
        is_needed = self.is_required and not values.get(self.unless)
        if is_needed and not (self.is_for_hook and has_long_connection):
            return MISSING
        return None

    @property
    def is_always_needed(self) -> bool:
        """However messages come, and whatever else is filled in."""
        return self.is_required and not (self.is_for_hook or self.unless)


@dataclass(frozen=True)
class RemoteFile:
    """A file that still lies with the messenger. `reference` is whatever its adapter needs to fetch it."""

    reference: str
    name: str = ""
    is_voice: bool = False


@dataclass(frozen=True)
class Incoming:
    """One message of a visitor. `id` is the messenger's own: the same message twice has the same.

    `files` names what can only be looked at in the messenger; `attachments` are fetched.
    """

    id: str
    chat_id: str
    text: str
    name: str = ""
    language: str = ""
    is_start: bool = False
    is_edited: bool = False
    files: tuple[str, ...] = ()
    attachments: tuple[RemoteFile, ...] = ()


@dataclass(frozen=True)
class HookCall:
    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Delivery:
    """What a call brought. `fetch_token`: messages wait, and are fetched with it. `answer`: what the messenger wants to
    hear.
    """

    message: Incoming | None = None
    fetch_token: str | None = None
    answer: str = json.dumps({"ok": True})


@dataclass(frozen=True)
class OutboundMessage:
    """What a visitor shall read. `sent_ids`: the parts that arrived in an earlier try."""

    chat_id: str
    text: str
    sources: tuple[str, ...] = ()
    sent_ids: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """For messengers without cards."""
        return "\n\n".join(part for part in (self.text, "\n".join(self.sources)) if part)


@dataclass(frozen=True)
class DownloadedFile:
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Fetched:
    """Messages after a cursor, and the next one. `failures`: ids of sent messages that did not arrive, and why."""

    messages: tuple[Incoming, ...]
    cursor: str
    is_more: bool
    failures: Mapping[str, ConnectorError] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What a long connection is given: whom to tell that it stands, and who takes a message (False: bring it again)."""

    opened: Callable[[], Awaitable[None]]
    take: Callable[[Incoming], Awaitable[bool]]


class Messenger(Protocol):
    @property
    def fields(self) -> Sequence[CredentialField]: ...

    @property
    def registers_hook(self) -> bool:
        """Whether `connect` tells the messenger where to call. Otherwise a person puts the address into its console."""

    def read_call(self, account: MessengerAccount, call: HookCall) -> Delivery:
        """Raises NotAuthenticated for a call that is not the messenger's, or is an old one, and Unparseable."""

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """Returns the external id. Touches no database. Raises PermanentError or TemporaryError."""

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        """Tries the credentials; returns the bot's name. Raises PermanentError or TemporaryError."""

    def download(self, account: MessengerAccount, file: RemoteFile) -> DownloadedFile:
        """Raises PermanentError or TemporaryError."""


class Listener(Protocol):
    """A messenger that offers a long connection, for which nobody has to reach us."""

    async def listen(self, account: MessengerAccount, line: Line) -> None:
        """Until the messenger ends the connection. Raises PermanentError or TemporaryError."""


class Fetcher(Protocol):
    """A messenger whose calls only say that messages wait."""

    def fetch(self, account: MessengerAccount, token: str) -> Fetched:
        """The messages after the account's cursor. Raises PermanentError or TemporaryError."""
