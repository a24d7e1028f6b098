"""What counts as one client where something is counted by its network."""

import pytest

from apps.core.client_network import client_network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_a_client_has_its_address_or_all_of_its_ipv6_network(address: str, network: str) -> None:
    assert client_network(address) == network
