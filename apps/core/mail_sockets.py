"""Connections to mail servers that an administrator typed in: never into our own network unless the operator allows it.

As with webhooks the check is made on the very address that is connected to, so a name cannot change its meaning.
A visit has one time for all of it: a server that sends a byte every few seconds is left like one that sends none.
"""

import math
import socket
import ssl
import time
from typing import Any

from django.conf import settings

from apps.core import ssrf_guard
from apps.core.connector_errors import ConnectorError
from llm_backend.addresses import parse_address

# Of one wait; all of them together end with the visit.
PIECE_SECONDS = 20


class VisitSocket(socket.socket):
    """Every wait is for a piece, and none lasts longer than the visit."""

    ends_at: float = math.inf

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        self.settimeout(_seconds_left(self.ends_at))
        return super().recv_into(*arguments, **options)

    def send(self, *arguments: Any) -> int:
        self.settimeout(_seconds_left(self.ends_at))
        return super().send(*arguments)

    def sendall(self, *arguments: Any) -> None:
        self.settimeout(_seconds_left(self.ends_at))
        super().sendall(*arguments)


class _TlsVisitSocket(VisitSocket, ssl.SSLSocket):
    pass


def connect(host: str, port: int, *, ends_at: float) -> VisitSocket:
    """The first address of the name that answers. Raises ConnectorError."""
    last: OSError | None = None
    for family, kind, protocol, address in allowed_addresses(host, port):
        new_socket = VisitSocket(family, kind, protocol)
        new_socket.ends_at = ends_at
        try:
            new_socket.settimeout(_seconds_left(ends_at))
            new_socket.connect(address)
        except OSError as error:
            new_socket.close()
            last = error
        else:
            return new_socket
    code = "timeout" if isinstance(last, TimeoutError) else "connection"
    raise ConnectorError(code, str(last))


def tls_context(*, ends_at: float) -> ssl.SSLContext:
    """Certificates are always checked; MAIL_CA_FILE adds an authority of the operator's own."""
    context = ssl.create_default_context()
    context.sslsocket_class = type("TlsVisitSocket", (_TlsVisitSocket,), {"ends_at": ends_at})
    if settings.MAIL_CA_FILE:
        context.load_verify_locations(settings.MAIL_CA_FILE)
    return context


def _seconds_left(ends_at: float) -> float:
    seconds = ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return min(PIECE_SECONDS, seconds)


def allowed_addresses(host: str, port: int) -> list[tuple[int, int, int, tuple[object, ...]]]:
    try:
        resolutions = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectorError("dns", f"{host}: {error}") from error
    addresses = [(family, kind, protocol, address) for family, kind, protocol, _name, address in resolutions]
    guard = ssrf_guard.people_guard()
    allowed_addresses = [each for each in addresses if guard.allows(parse_address(str(each[3][0])))]
    if not allowed_addresses:
        raise ConnectorError("private", host)
    return allowed_addresses  # type: ignore[return-value]
