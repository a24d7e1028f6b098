import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import ports
from stack.errors import StackError
from stack.ports import LOOPBACK, remembered_ports, require_free


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_reported_with_its_owner_and_the_way_out(taken_port: int) -> None:
    with pytest.raises(
        StackError,
        match=rf"Port {taken_port} .* is taken by .*process {os.getpid()}[\s\S]*PORT={taken_port + 1}",
    ):
        require_free(LOOPBACK, taken_port)


def test_an_address_of_another_machine_is_not_called_a_taken_port() -> None:
    with pytest.raises(StackError, match=r"192\.0\.2\.1 is no address of this machine[\s\S]*Set HOST"):
        require_free("192.0.2.1", 8700)


def test_a_port_of_the_system_is_not_called_a_taken_one(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(ports, "_bind_error", lambda _host, _port: refusal)
    with pytest.raises(StackError, match=r"may not listen on port 80, [\s\S]*reverse proxy"):
        require_free("0.0.0.0", 80)


def test_ports_are_chosen_once(tmp_path: Path) -> None:
    first = remembered_ports(tmp_path / "ports.json", ("llm", "embedding"))
    assert remembered_ports(tmp_path / "ports.json", ("llm", "embedding")) == first
    assert first["llm"] != first["embedding"]


def test_a_port_that_somebody_else_took_is_chosen_anew(tmp_path: Path, taken_port: int) -> None:
    (tmp_path / "ports.json").write_text(f'{{"llm": {taken_port}}}')
    assert remembered_ports(tmp_path / "ports.json", ("llm",))["llm"] != taken_port
