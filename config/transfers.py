"""How many long bodies and files each client address has under way."""

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_lazy as _

from apps.core.errors import LimitExceeded

RETRY_SECONDS = 10.0
# Who has one IPv6 address has all of its network.
IPV6_NETWORK_BITS = 64


class Transfers:
    """The transfers under way on one event loop."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def one(self, address: str) -> Iterator[None]:
        """Counts while the block runs. Raises LimitExceeded."""
        network = network_of(address)
        if self._open[network] >= self._most:
            raise LimitExceeded(
                _("Too many uploads or downloads from your network. Wait until some finish."),
                retry_after_seconds=RETRY_SECONDS,
            )
        self._open[network] += 1
        try:
            yield
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]


def network_of(address: str) -> str:
    """What counts as one client."""
    try:
        client = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        # No IP address, as behind a socket of this machine: all of it counts as one client.
        return address
    if client.version == 4:
        return str(client)
    inner = client.ipv4_mapped
    return str(inner or ipaddress.ip_network((client, IPV6_NETWORK_BITS), strict=False))
