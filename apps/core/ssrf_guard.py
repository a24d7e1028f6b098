"""Requests to addresses that people typed in. They must not reach this server's own network.

Everything that leaves for such an address asks `people_guard()`: webhooks, lookups, mail, models. What the operator
set (`LLM_ENDPOINT`, `TELEGRAM_API_URL`, `FEISHU_API_URL`, `OIDC_ISSUER` …) is trusted. Redirects are not followed.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from yarl import URL

from apps.core.errors import InvalidInput, Text
from llm_backend import addresses, patterns
from llm_backend.addresses import AddressGuard, AddressRefused

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5
ANSWER_SECONDS = 15
# Enough of an answer to tell whoever set the address up why it failed.
ANSWER_CHARACTERS = 500
MAX_URL_CHARACTERS = 500
LONGEST_CHARACTER = 4  # bytes of UTF-8
PRIVATE_NAMES = (".localhost", ".local", ".internal")
# Of the address of an API: nothing that some servers read as another path, a query or another host.
_PLAIN_PATH = patterns.compile(r"(?:/[A-Za-z0-9_~.-]+)*/?")


@dataclass(frozen=True)
class Message:
    """`headers` may hold a key: they stay out of what is printed. Of the answer `characters` are read."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: Literal["GET", "POST", "PROPFIND"] = "POST"
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


@dataclass(frozen=True)
class Download:
    """An answer with its bytes, of which no more than asked for were read. `headers`: by names in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    is_cut: bool = False


class Unreachable(Exception):
    """No answer came. `code`: private, dns, tls, timeout or connection."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}")


def post_all(messages: Sequence[Message]) -> list[Answer]:
    """Posts all at once and returns the answers in the same order. Never raises for a receiver's fault."""
    return asyncio.run(_send_all(messages))


async def send(message: Message) -> Answer:
    """Sends a message from an event loop. Never raises for a receiver's fault."""
    [answer] = await _send_all([message])
    return answer


async def download(message: Message, *, max_bytes: int) -> Download:
    """What an address answers, as bytes; whoever follows a redirect asks again. Raises Unreachable."""
    # As it is written: what was signed or compared with a prefix is what is sent.
    address = URL(message.url, encoded=True)
    try:
        async with (
            _session() as session,
            session.request(
                message.method,
                address,
                data=message.body or None,
                headers=message.headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=message.seconds, connect=CONNECT_SECONDS),
            ) as response,
        ):
            content = await _beginning(response, max_bytes + 1)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Download(response.status, headers, content[:max_bytes], is_cut=len(content) > max_bytes)
    except TimeoutError as error:
        raise Unreachable("timeout") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unreachable(_failure_code(error), str(error)[:ANSWER_CHARACTERS]) from error


def _failure_code(error: Exception) -> str:
    cause = getattr(error, "os_error", error)
    if isinstance(cause, AddressRefused):
        return "private"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns"
    return "tls" if isinstance(error, aiohttp.ClientSSLError) else "connection"


def check_url(url: str, *, field_name: str = "url", allows_http: bool = False) -> None:
    """Raises InvalidInput for what could never be sent to. The address itself is checked when connecting.

    `allows_http`: nothing secret is sent there.
    """
    schemes = {"https", "http"} if settings.PRIVATE_NETWORKS or allows_http else {"https"}
    objection = _objection(url, schemes=schemes)
    if objection:
        raise InvalidInput(fields={field_name: [objection]})


def check_api_url(url: str, *, field_name: str = "url") -> None:
    """Checks the address of an API, behind which paths are put; `http` too, as models stand in private networks.

    Raises InvalidInput.
    """
    objection = _objection(url, schemes={"https", "http"}) or _objection_to_path(url)
    if objection:
        raise InvalidInput(fields={field_name: [objection]})


def people_guard() -> AddressGuard:
    """The guard for every address that a person of an organisation typed in: the internet and PRIVATE_NETWORKS."""
    return AddressGuard(private=settings.PRIVATE_NETWORKS)


def _objection(url: str, *, schemes: set[str]) -> Text | None:
    # Before it is parsed, which takes the square of a host's combining marks.
    if len(url) > MAX_URL_CHARACTERS:
        return _form_of_address(schemes)
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _("This is not a web address.")
    # Browsers and libraries read backslashes and white space in an address differently: what passes here must be
    # what is connected to.
    is_clean = url.isprintable() and not any(mark.isspace() or mark == "\\" for mark in url)
    if not host or not is_clean or parts.scheme not in schemes:
        return _form_of_address(schemes)
    if parts.username is not None or parts.password is not None:
        return _("Leave user name and password out of the address.")
    if not _may_be_allowed(host, addresses.OPERATORS):
        return _("This address belongs to the network itself. Nothing may be sent there.")
    if not _may_be_allowed(host, people_guard()):
        return _("This address is private. The operator can allow private addresses with PRIVATE_NETWORKS.")
    return None


def _form_of_address(schemes: set[str]) -> Text:
    if schemes == {"https"}:
        return _("Use an address that begins with https://.")
    return _("Enter an address such as https://www.example.com, without a password.")


def _objection_to_path(url: str) -> Text | None:
    parts = urlsplit(url)
    is_plain = _PLAIN_PATH.fullmatch(parts.path) and not {".", ".."} & set(parts.path.split("/"))
    if "?" in url or "#" in url or not is_plain:
        return _("End the address with the path: no query, no fragment, and no “..”, encoded or not.")
    return None


def _may_be_allowed(host: str, guard: AddressGuard) -> bool:
    """Whether the host may be sent to, as far as its spelling tells. A name is resolved and checked as it is connected
    to; a few names mean nothing good anywhere.
    """
    try:
        return guard.allows(addresses.parse_address(host))
    except ValueError:
        # A name, not an address.
        is_private = host == "localhost" or host.endswith(PRIVATE_NAMES)
        may_be_private = guard.is_operators or bool(guard.private)
        return host not in addresses.METADATA_NAMES and (may_be_private or not is_private)


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        # No name is remembered and no connection kept: each is checked for the address that it goes to.
        socket_factory=people_guard().socket,
        use_dns_cache=False,
        force_close=True,
    )
    # Nothing is unpacked: a few packed bytes can be gigabytes.
    return aiohttp.ClientSession(
        connector=connector,
        # A receiver's cookie must not come along to the next one's.
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "identity"},
    )


async def _send_all(messages: Sequence[Message]) -> list[Answer]:
    async with _session() as session:
        sent = (_send(session, message) for message in messages)
        return [_answer(each) for each in await asyncio.gather(*sent, return_exceptions=True)]


def _answer(outcome: Answer | BaseException) -> Answer:
    """What nobody foresaw of one receiver keeps no other's answer back."""
    if isinstance(outcome, Answer):
        return outcome
    if not isinstance(outcome, Exception):
        raise outcome
    logger.warning("a message could not be sent: %s", type(outcome).__name__)
    return Answer(error=f"cannot be sent: {type(outcome).__name__}")


async def _send(session: aiohttp.ClientSession, message: Message) -> Answer:
    try:
        async with session.request(
            message.method,
            message.url,
            data=message.body or None,
            headers=message.headers,
            # The next address would be one that nobody has typed in.
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=message.seconds, connect=CONNECT_SECONDS),
        ) as response:
            # One byte more than the longest text can take tells that it went on.
            body = await _beginning(response, message.characters * LONGEST_CHARACTER + 1)
            # PostgreSQL stores no NUL.
            text = body.decode(errors="replace").replace("\x00", "")
            is_cut = len(text) > message.characters
            return Answer(response.status, text[: message.characters], is_cut=is_cut)
    except TimeoutError:
        return Answer(error=f"no answer within {message.seconds:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # `ValueError`: what aiohttp makes of addresses and headers that cannot be sent.
        return Answer(error=str(error)[:ANSWER_CHARACTERS])


async def _beginning(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])
