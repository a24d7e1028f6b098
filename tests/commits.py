"""What waits for a commit happens in tests whose transaction is never committed, too."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _commits(request: pytest.FixtureRequest) -> Iterator[None]:
    """Runs `on_commit` functions when the outermost block of the code under test ends, as a commit would.

    Tests that commit for themselves (`transaction=True`) and tests without a database are left alone.
    """
    marker = request.node.get_closest_marker("django_db")
    uses_database = marker is not None or {"db", "transactional_db"} & set(request.fixturenames)
    if not uses_database or _commits_for_itself(request, marker):
        yield
        return
    request.getfixturevalue("db")
    depth = len(connection.savepoint_ids)
    patch = pytest.MonkeyPatch()
    released, register = connection.savepoint_commit, connection.on_commit

    def run_waiting() -> None:
        while connection.run_on_commit and len(connection.savepoint_ids) == depth:
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _, function, _ in waiting:
                function()

    def savepoint_commit(sid: str) -> None:
        released(sid)
        run_waiting()

    def on_commit(function: Callable[[], object], robust: bool = False) -> None:
        register(function, robust)
        run_waiting()

    patch.setattr(connection, "savepoint_commit", savepoint_commit)
    patch.setattr(connection, "on_commit", on_commit)
    yield
    patch.undo()


def _commits_for_itself(request: pytest.FixtureRequest, marker: pytest.Mark | None) -> bool:
    return "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))
