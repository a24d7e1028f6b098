"""Requests to addresses that people typed in. They must not reach this server's own network.

The check is made on the very address a socket is opened for. A name that answers with a public address when
looked at and a private one when connected to (DNS rebinding), an unusual spelling of 127.0.0.1 or an IPv4
address inside an IPv6 one all end here. Redirects are not followed.
"""

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput, Text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
ANSWER_CHARACTERS = 500
MAX_URL_CHARACTERS = 500
LONGEST_CHARACTER = 4  # bytes of UTF-8
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class PrivateAddress(OSError):
    """The name leads into a network that this installation does not send to."""


@dataclass(frozen=True)
class Message:
    """`headers` may hold a key: they stay out of what is printed. Of the answer `characters` are read."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: Literal["GET", "POST"] = "POST"
    seconds: float = ANSWER_SECONDS
    characters: int = ANSWER_CHARACTERS


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the reason why there is none. `is_cut`: the text went on."""

    status: int | None = None
    text: str = ""
    error: str = ""
    is_cut: bool = False

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post_all(messages: Sequence[Message]) -> list[Answer]:
    """Posts all at once and returns the answers in the same order. Never raises for a receiver's fault."""
    return asyncio.run(_send_all(messages))


async def send(message: Message) -> Answer:
    """For callers on an event loop. Never raises for a receiver's fault."""
    [answer] = await _send_all([message])
    return answer


def check_url(url: str, *, field_name: str = "url") -> None:
    """Raises InvalidInput for what could never be sent to. The address itself is checked when connecting."""
    objection = _objection(url)
    if objection:
        raise InvalidInput(fields={field_name: [objection]})


def is_public(address: Address) -> bool:
    """Whether the address is out on the internet, whatever it is wrapped in."""
    inner = _inner(address)
    return inner.is_global and not inner.is_multicast


def _objection(url: str) -> Text | None:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return _("This is not a web address.")
    schemes = {"https", "http"} if settings.WEBHOOK_ALLOW_PRIVATE else {"https"}
    if not host or parts.scheme not in schemes or len(url) > MAX_URL_CHARACTERS:
        return _("Use an address that begins with https://.")
    if parts.username or parts.password:
        return _("Leave user name and password out of the address; receivers check the signature.")
    if not settings.WEBHOOK_ALLOW_PRIVATE and _is_private_literal(host):
        return _("This address is private. The operator can allow private addresses.")
    return None


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(ipaddress.ip_address(host))
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or [None, None])[1] or address


def _checked_socket(addr_info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, _name, sockaddr = addr_info
    address = ipaddress.ip_address(str(sockaddr[0]).partition("%")[0])
    if not settings.WEBHOOK_ALLOW_PRIVATE and not is_public(address):
        raise PrivateAddress(errno.EACCES, f"{address} is a private address; nothing is sent there")
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


async def _send_all(messages: Sequence[Message]) -> list[Answer]:
    connector = aiohttp.TCPConnector(socket_factory=_checked_socket, use_dns_cache=False, force_close=True)
    # Nothing is unpacked: a few packed bytes can be gigabytes.
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    ) as session:
        return await asyncio.gather(*(_send(session, message) for message in messages))


async def _send(session: aiohttp.ClientSession, message: Message) -> Answer:
    try:
        async with session.request(
            message.method,
            message.url,
            data=message.body or None,
            headers=message.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=message.seconds, connect=CONNECT_SECONDS),
        ) as response:
            body = await _beginning(response, message.characters * LONGEST_CHARACTER + 1)
            text = body.decode(errors="replace").replace("\x00", "")
            is_cut = len(text) > message.characters
            return Answer(response.status, text[: message.characters], is_cut=is_cut)
    except TimeoutError:
        return Answer(error=f"no answer within {message.seconds:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answer(error=str(error)[:ANSWER_CHARACTERS])


async def _beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])
