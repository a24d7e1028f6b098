import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_ports_are_chosen_once(tmp_path: Path) -> None:
    first = remembered_ports(tmp_path / "ports.json", ("llm", "embedding"))
    assert remembered_ports(tmp_path / "ports.json", ("llm", "embedding")) == first
    assert first["llm"] != first["embedding"]


def test_a_port_that_somebody_else_took_is_chosen_anew(tmp_path: Path, taken_port: int) -> None:
    (tmp_path / "ports.json").write_text(f'{{"llm": {taken_port}}}')
    assert remembered_ports(tmp_path / "ports.json", ("llm",))["llm"] != taken_port
