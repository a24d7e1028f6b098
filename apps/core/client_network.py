"""What counts as one client of the network."""

import ipaddress

IPV6_NETWORK_BITS = 64


def client_network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, all of which its owner has. What is no address, as behind a socket of
    this machine, counts as it is written.
    """
    try:
        client = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(client, ipaddress.IPv4Address):
        return str(client)
    return str(client.ipv4_mapped or ipaddress.ip_network((client, IPV6_NETWORK_BITS), strict=False))
