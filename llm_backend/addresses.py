"""Which network addresses a connection may be opened to. Asked for the very address a socket is made for.

So a name that means something else when it is looked up again (DNS rebinding), an unusual spelling of 127.0.0.1 or an
IPv4 address inside an IPv6 one all end here.
"""

import errno
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The well-known prefix of RFC 6052: a translator on the way makes it an IPv4 address again, an inner one too.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# `::a.b.c.d`, given up long ago and still understood by some systems.
IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
# What clouds answer their machines with keys at, and what no allow-list opens. All of 169.254.0.0/16 is link-local.
METADATA_ADDRESSES = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "168.63.129.16",  # Azure
            "100.100.100.200",  # Alibaba Cloud
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::254",  # Amazon
            "fd20:ce::254",  # Google
        ),
    )
)
METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
        "instance-data",
        "instance-data.ec2.internal",
    }
)


class AddressRefused(OSError):
    """The name leads to where this installation does not connect to."""


@dataclass(frozen=True)
class AddressGuard:
    """The internet is open; of private networks `private`, or all of them for an address that the operator set."""

    private: tuple[Network, ...] = ()
    is_operators: bool = False

    def allows(self, address: Address) -> bool:
        inner = unwrap(address)
        if inner in METADATA_ADDRESSES or inner.is_link_local or inner.is_multicast or inner.is_unspecified:
            return False
        return (
            self.is_operators
            or is_public(inner)
            or any(inner.version == network.version and inner in network for network in self.private)
        )

    def socket(self, target: tuple[Any, ...]) -> socket.socket:
        """aiohttp's `socket_factory`. Raises AddressRefused."""
        family, kind, protocol, _name, sockaddr = target
        address = parse_address(str(sockaddr[0]))
        if not self.allows(address):
            raise AddressRefused(errno.EACCES, f"{address} is a private address; nothing is sent there")
        new_socket = socket.socket(family, kind, protocol)
        new_socket.setblocking(False)
        return new_socket


OPERATORS = AddressGuard(is_operators=True)


def is_public(address: Address) -> bool:
    """Whether the address is out on the internet, whatever it is wrapped in."""
    inner = unwrap(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def unwrap(address: Address) -> Address:
    """The IPv4 address inside a mapped, compatible, 6to4, Teredo or NAT64 one; else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64 or (address in IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or [None, None])[1] or address


def parse_address(text: str) -> Address:
    """An address as it was written; the zone of a link-local one is left out."""
    return ipaddress.ip_address(text.partition("%")[0])


def networks(lines: Iterable[str]) -> tuple[Network, ...]:
    """Raises ValueError for what is no network."""
    return tuple(ipaddress.ip_network(line, strict=False) for line in lines)
