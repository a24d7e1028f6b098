"""What a messenger has to be able to do. docs/messengers.md tells how to add one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from apps.customer_service.messengers.models import MessengerAccount


class Unparseable(Exception):
    """The messenger sent something that is no update of its protocol."""


@dataclass(frozen=True)
class Incoming:
    """One message of a visitor. `id` is the messenger's own: the same message twice has the same."""

    id: str
    chat_id: str
    text: str
    name: str = ""
    language: str = ""
    is_start: bool = False
    is_edited: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutboundMessage:
    """What a visitor shall read. `sent_ids`: the parts that arrived in an earlier try."""

    chat_id: str
    text: str
    sent_ids: tuple[str, ...] = ()


class Messenger(Protocol):
    def verify(self, account: MessengerAccount, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the messenger itself calls; compares secrets in constant time."""

    def parse(self, body: bytes) -> Incoming | None:
        """None for what is no message to us. Raises Unparseable."""

    def send(self, account: MessengerAccount, message: OutboundMessage) -> str:
        """Returns the external id. Touches no database. Raises PermanentError or TemporaryError."""

    def connect(self, account: MessengerAccount, hook_url: str) -> str:
        """Tells the messenger where to call; returns the bot's name. Raises PermanentError or TemporaryError."""
