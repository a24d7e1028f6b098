"""Connections to mail servers that an administrator typed in: never into our own network unless the operator allows it.

As with webhooks the check is made on the very address that is connected to, so a name cannot change its meaning.
"""

import ipaddress
import socket
import ssl

from django.conf import settings

from apps.core import outgoing
from apps.customer_service.connectors.failures import ConnectorError


def connect(host: str, port: int, timeout: float | None) -> socket.socket:
    """The first address of the name that answers. Raises ConnectorError."""
    last: OSError | None = None
    for family, kind, protocol, address in _allowed(host, port):
        made = socket.socket(family, kind, protocol)
        made.settimeout(timeout)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            last = error
        else:
            return made
    code = "timeout" if isinstance(last, TimeoutError) else "connection"
    raise ConnectorError(code, str(last))


def tls_context() -> ssl.SSLContext:
    """Certificates are always checked; MAIL_CA_FILE adds an authority of the operator's own."""
    context = ssl.create_default_context()
    if settings.MAIL_CA_FILE:
        context.load_verify_locations(settings.MAIL_CA_FILE)
    return context


def _allowed(host: str, port: int) -> list[tuple[int, int, int, tuple[object, ...]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectorError("dns", f"{host}: {error}") from error
    addresses = [(family, kind, protocol, address) for family, kind, protocol, _name, address in found]
    if settings.MAIL_ALLOW_PRIVATE:
        return addresses  # type: ignore[return-value]
    public = [each for each in addresses if outgoing.is_public(_ip(each[3]))]
    if not public:
        raise ConnectorError("private", host)
    return public  # type: ignore[return-value]


def _ip(address: tuple[object, ...]) -> outgoing.Address:
    return ipaddress.ip_address(str(address[0]).partition("%")[0])
