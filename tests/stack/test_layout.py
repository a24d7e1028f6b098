from pathlib import Path

import pytest

from stack.errors import StackError
from stack.layout import LONGEST_SOCKET_PATH, Layout


def test_a_deep_state_directory_keeps_its_sockets_in_a_short_one(tmp_path: Path) -> None:
    deep = Layout(tmp_path / ("d" * 100))
    assert deep.sockets != deep.run
    for path in (deep.supervisor_socket, deep.redis_socket, deep.postgresql_sockets / ".s.PGSQL.5432"):
        assert len(str(path)) <= LONGEST_SOCKET_PATH


def test_two_deep_state_directories_do_not_share_sockets(tmp_path: Path) -> None:
    assert Layout(tmp_path / ("d" * 100)).sockets != Layout(tmp_path / ("e" * 100)).sockets


def test_a_socket_directory_that_somebody_else_laid_out_is_refused(tmp_path: Path) -> None:
    deep = Layout(tmp_path / ("d" * 100))
    deep.sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(StackError, match="belongs to somebody else"):
            deep.create()
    finally:
        deep.sockets.unlink()
