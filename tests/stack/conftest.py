import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import backup_encryption
from stack.installation import Installation
from stack.programs import SERVERS


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory with a space in its path."""
    return tmp_path / "a state"


@pytest.fixture
def make_installation(state: Path) -> Iterator[Callable[..., Installation]]:
    """Installations that are stopped when the test ends, whatever happened in it."""
    made = []

    def make(**settings: str) -> Installation:
        installation = Installation(state, names=SERVERS, settings=settings, throw_away=True)
        made.append(installation)
        return installation

    yield make
    for installation in made:
        installation.stop()


@pytest.fixture
def plain_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    return kept | {"KONGMING_STATE_DIR": str(tmp_path / "a state")}


@pytest.fixture(scope="module", autouse=True)
def _quick_scrypt() -> Iterator[None]:
    """The least that a backup is opened with: a passphrase is tried some eighty times here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backup_encryption, "LOG_COST", backup_encryption.MIN_LOG_COST)
        yield
