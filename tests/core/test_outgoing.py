import ipaddress
import socket
from typing import Any

import pytest

from apps.core import ssrf_guard
from apps.core.errors import InvalidInput
from llm_backend import addresses
from llm_backend.addresses import AddressGuard
from tests.architecture.floods import cpu_seconds


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
        "::7f00:1",
        "240.0.0.1",
    ],
)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


METADATA = (
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
)
WRAPPED = (
    "::ffff:169.254.169.254",
    "::ffff:a83f:8110",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fe80::1",
    "0.0.0.0",
)


@pytest.mark.parametrize("address", [*METADATA, *WRAPPED])
def test_what_a_cloud_tells_its_machines_is_closed_to_the_operator_too(address: str) -> None:
    everything = addresses.networks(["0.0.0.0/0", "::/0"])

    for guard in (addresses.OPERATORS, AddressGuard(private=everything)):
        assert not guard.allows(addresses.parse_address(address))


def test_the_operator_opens_private_networks_by_name() -> None:
    guard = AddressGuard(private=addresses.networks(["10.1.0.0/16", "fd12::/16"]))

    open_ones = ("10.1.2.3", "::ffff:10.1.2.3", "fd12::7", "1.1.1.1")
    closed = ("10.2.0.1", "127.0.0.1", "192.168.1.1", "fd13::7", "::1")

    assert all(guard.allows(addresses.parse_address(address)) for address in open_ones)
    assert not any(guard.allows(addresses.parse_address(address)) for address in closed)


@pytest.fixture
def _closed_network(settings: Any) -> None:
    settings.PRIVATE_NETWORKS = ()


@pytest.mark.usefixtures("_closed_network")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
def test_no_spelling_of_this_machine_gets_a_connection(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        [answer] = ssrf_guard.post_all(
            [ssrf_guard.Message(f"http://{host}:{server.getsockname()[1]}/", b"{}")]
        )

        with pytest.raises(BlockingIOError):
            server.accept()

    assert answer.status is None
    assert answer.error


def test_a_name_that_does_not_exist_is_a_reason_not_a_crash() -> None:
    [answer] = ssrf_guard.post_all([ssrf_guard.Message("https://nowhere.invalid/", b"{}")])

    assert not answer.is_accepted
    assert answer.error


@pytest.mark.usefixtures("_closed_network")
def test_answers_keep_the_order_of_messages() -> None:
    messages = [ssrf_guard.Message(f"http://127.0.0.{number}/", b"") for number in range(1, 4)]

    errors = [answer.error for answer in ssrf_guard.post_all(messages)]

    assert all(f"127.0.0.{number}" in error for number, error in enumerate(errors, start=1))


def test_an_address_is_too_long_before_it_is_parsed() -> None:
    """Parsing puts the marks of its host in order, which takes the square of their number."""
    url = "https://a" + "\u0301\u0323" * 20_000

    def check() -> None:
        with pytest.raises(InvalidInput):
            ssrf_guard.check_url(url)

    assert cpu_seconds(check, at_most=5) < 0.2
