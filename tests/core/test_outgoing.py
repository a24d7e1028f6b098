import ipaddress
import socket

import pytest

from apps.core import outgoing


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
    ],
)
def test_inside_addresses_are_not_public(address: str) -> None:
    assert not outgoing.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_on_the_internet_are_public(address: str) -> None:
    assert outgoing.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
def test_no_spelling_of_this_machine_gets_a_connection(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        [answer] = outgoing.post_all([outgoing.Message(f"http://{host}:{server.getsockname()[1]}/", b"{}")])

        with pytest.raises(BlockingIOError):
            server.accept()

    assert answer.status is None
    assert answer.error


def test_a_name_that_does_not_exist_is_a_reason_not_a_crash() -> None:
    [answer] = outgoing.post_all([outgoing.Message("https://nowhere.invalid/", b"{}")])

    assert not answer.is_accepted
    assert answer.error


def test_answers_keep_the_order_of_messages() -> None:
    messages = [outgoing.Message(f"http://127.0.0.{number}/", b"") for number in range(1, 4)]

    errors = [answer.error for answer in outgoing.post_all(messages)]

    assert all(f"127.0.0.{number}" in error for number, error in enumerate(errors, start=1))
