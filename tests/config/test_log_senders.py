"""What the operator says of syslog and followed folders is read, or refused with how to write it."""

from ipaddress import ip_network
from pathlib import Path
from uuid import UUID

import pytest

from config.log_senders import allowed_folders, listening_address, sender_networks
from stack.errors import StackError
from stack.settings import checked_settings

SOURCE = "01990000-0000-7000-8000-000000000000"


def test_addresses_networks_and_folders_are_read() -> None:
    assert listening_address("0.0.0.0:1514") == ("0.0.0.0", 1514)
    assert listening_address("[::]:6514") == ("::", 6514)
    assert listening_address("") is None
    assert sender_networks([f"10.2.0.0/16={SOURCE}"]) == [(ip_network("10.2.0.0/16"), UUID(SOURCE))]
    assert allowed_folders(["tea-house=/var/log/shop"]) == [("tea-house", Path("/var/log/shop"))]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SYSLOG_ADDRESS", "1514"),
        ("SYSLOG_TLS_ADDRESS", "0.0.0.0:70000"),
        ("SYSLOG_SENDERS", "10.2.0.0/16=router"),
        ("SYSLOG_SENDERS", f"somewhere={SOURCE}"),
        ("LOG_FOLDERS", "/var/log/shop"),
        ("LOG_FOLDERS", "tea-house=logs"),
        ("LOG_FOLDERS", "tea-house=/var/log/../../etc"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(StackError, match=f"{name}: "):
        checked_settings({name: value})
