"""What every kind of source does: list what is there, part by part, and fetch one thing of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from apps.connectors.reasons import ItemGone


@dataclass(frozen=True)
class Rights:
    """Whom a source lets read: members by their e-mail, groups by their names. Nobody, where it names nobody we know."""

    emails: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """`key`: what the source knows it by. `fingerprint`: another one means that it changed; empty: only fetching tells.
    `rights`: None where those of the collection hold.
    """

    key: str
    name: str = ""
    fingerprint: str = ""
    rights: Rights | None = None


@dataclass(frozen=True)
class Listing:
    """A part of what is there. `cursor`: where the next part begins; empty: this was the last."""

    items: Sequence[Listed]
    cursor: str = ""


@dataclass(frozen=True)
class Fetched:
    """`file_name`: whose end says what kind of text it is. `links`: what else there is, as only this thing tells.
    `substance`: what is compared with the last time, where the content has parts that differ each time.
    """

    content: bytes
    file_name: str
    title: str = ""
    fingerprint: str = ""
    links: Sequence[Listed] = ()
    substance: bytes = b""


class ItemMoved(ItemGone):
    """It is no document of its own; what it leads to may be."""

    def __init__(self, links: Iterable[Listed] = ()) -> None:
        self.links = tuple(links)
        super().__init__()


class Connector(Protocol):
    """`absence`: what it means that a whole list leaves out an item that is known: it is gone, it has to be asked for, or
    nothing. `delay`: seconds between two things that are fetched. `limit`: more than so many items are left out.

    Both methods raise SourceError and Busy; `fetch` also ItemGone, and gives None for what has not changed since it had
    that `fingerprint`.
    """

    @property
    def absence(self) -> Literal["gone", "asked", "kept"]: ...

    @property
    def delay(self) -> float: ...

    @property
    def limit(self) -> int: ...

    def list_items(self, cursor: str) -> Listing: ...

    def fetch(self, key: str, fingerprint: str) -> Fetched | None: ...

    def close(self) -> None: ...
