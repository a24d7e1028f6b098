"""Where the files of one installation live."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from stack.errors import StackError

PROJECT_ROOT = Path(__file__).resolve().parent.parent
# sun_path holds 108 bytes on Linux and 104 on macOS; supervisor adds a pid to the name while it binds.
LONGEST_SOCKET_PATH = 103
# The longest path below the directory of sockets.
LONGEST_SOCKET_NAME = len("postgresql/.s.PGSQL.5432")


@dataclass(frozen=True)
class Layout:
    state: Path

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets.env"

    def models(self, settings: Mapping[str, str]) -> Path:
        """Installations may share one directory of weights."""
        return Path(settings.get("KONGMING_MODELS_DIR") or self.state / "models").expanduser().absolute()

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @property
    def started_with(self) -> Path:
        """A digest of the settings that the running processes were started with."""
        return self.run / "started_with"

    @property
    def engine_choice(self) -> Path:
        """Which profile `engine start` was told to serve."""
        return self.state / "engine.json"

    @property
    def postgresql(self) -> Path:
        return self.state / "postgresql"

    @property
    def redis(self) -> Path:
        return self.state / "redis"

    @property
    def uploads(self) -> Path:
        return self.state / "uploads"

    @property
    def backups(self) -> Path:
        """What `up` keeps of a database before it changes its schema."""
        return self.state / "backups"

    @property
    def unfinished_restore(self) -> Path:
        """How far `restore` got; gone when it is done."""
        return self.state / "restore.json"

    @property
    def supervisor_conf(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def supervisor_pid(self) -> Path:
        return self.run / "supervisord.pid"

    @property
    def prepared(self) -> Path:
        """A digest of what the database and the static files were made from."""
        return self.run / "prepared"

    @property
    def started_code(self) -> Path:
        """A digest of the code that the running processes were started from."""
        return self.run / "started_code"

    @property
    def sockets(self) -> Path:
        """A directory of ours alone, short enough for unix sockets."""
        if len(os.fsencode(self.run)) + 1 + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH:
            return self.run
        digest = sha256(os.fsencode(self.state)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"kongming-{os.getuid()}-{digest}"

    @property
    def supervisor_socket(self) -> Path:
        return self.sockets / "sv.sock"

    @property
    def postgresql_sockets(self) -> Path:
        return self.sockets / "postgresql"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis" / "redis.sock"

    def create(self) -> None:
        self.state.mkdir(mode=0o711, parents=True, exist_ok=True)
        # Others may pass through, never look: the database's system user must reach its own directories.
        for directory in (self.run, self.sockets):
            own_directory(directory, mode=0o711)
        own_directory(self.redis_socket.parent, mode=0o700)
        own_directory(self.logs, mode=0o700)
        # It may be a link to another disk.
        self.uploads.mkdir(mode=0o700, exist_ok=True)
        self.uploads.chmod(0o700)


def own_directory(path: Path, *, mode: int) -> None:
    """Make `path` a real directory of this user; in /tmp somebody else may have been there first. Raises StackError
    then.
    """
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise StackError(
            f"{path} belongs to somebody else. Remove it, or set KONGMING_STATE_DIR to a shorter path."
        )
    path.chmod(mode)


def state_directory(setting: str | None) -> Path:
    return Path(setting or PROJECT_ROOT / "var").expanduser().absolute()


def package_directory(name: str) -> Path:
    """Where a package lies, found without importing it: only the programs that it carries are wanted. Raises StackError
    where it is not installed.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise StackError(f"The package {name} is not installed. Remove .venv and run the command again.")
    return Path(spec.origin).parent
