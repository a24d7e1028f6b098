"""One installation: its programs, their environment, and starting and stopping them."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stack import postgresql, redis_server
from stack.errors import StackError
from stack.layout import Layout
from stack.secret_keys import load_secrets
from stack.supervision import Program, Supervisor
from stack.system_user import database_user

SERVERS = ("postgresql", "redis")
REPLACED_BY = {
    "postgresql": "DATABASE_URL",
    "redis": "REDIS_URL",
    "llm": "LLM_ENDPOINT",
    "embedding": "EMBEDDING_ENDPOINT",
}
SERVER_START_SECONDS = 60


class Installation:
    """`with Installation(directory, names=["postgresql", "redis"]) as installation:` starts and stops it."""

    def __init__(
        self,
        state: Path,
        *,
        names: Sequence[str],
        settings: Mapping[str, str],
        throw_away: bool = False,
    ) -> None:
        self.layout = Layout(state)
        self.settings = dict(settings)
        self.throw_away = throw_away
        self.names = [name for name in names if not self.settings.get(REPLACED_BY.get(name, ""))]
        self.supervisor = Supervisor(self.layout)

    def environment(self) -> dict[str, str]:
        """What every process of the installation sees: the settings, and what fills their gaps."""
        embedded = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "KONGMING_STATE_DIR": str(self.layout.state),
            "DATABASE_URL": postgresql.url(self.layout),
            "REDIS_URL": redis_server.url(self.layout),
        }
        chosen = {name: value for name, value in self.settings.items() if value}
        return (
            embedded
            | load_secrets(self.layout.secrets)
            | chosen
            | {"KONGMING_STATE_DIR": str(self.layout.state)}
        )

    def program(self, name: str) -> Program:
        user = database_user()
        if name == "postgresql":
            command = postgresql.command(self.layout, throw_away=self.throw_away)
            return Program(name, command, user.pw_name if user else None, stop_signal="INT", has_group=False)
        return Program(name, redis_server.command(self.layout, throw_away=self.throw_away))

    def start(self) -> None:
        self.layout.create()
        if self.supervisor.process():
            raise StackError(f"Already running from {self.layout.state}. Stop it first: ./kongming down")
        if "postgresql" in self.names:
            postgresql.prepare(self.layout, throw_away=self.throw_away)
        if "redis" in self.names:
            redis_server.prepare(self.layout)
        programs = [self.program(name) for name in self.names]
        self.supervisor.start(programs, os.environ | self.environment(), attached=self.throw_away)
        for program in programs:
            self.supervisor.start_program(program.name)
        self.wait_for_servers()

    def wait_for_servers(self) -> None:
        environment = self.environment()
        if "postgresql" in self.names:
            self._wait(
                "postgresql",
                lambda: postgresql.is_answering(postgresql.url(self.layout, database="postgres")),
            )
            postgresql.ensure_database(self.layout)
        if "redis" in self.names:
            self._wait("redis", lambda: redis_server.is_answering(environment["REDIS_URL"]))

    def _wait(self, name: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SERVER_START_SECONDS
        while time.monotonic() < deadline:
            if is_ready():
                return
            time.sleep(0.05)
        raise StackError(f"{name} does not answer. See {self.layout.logs / name}.log")

    def stop(self) -> None:
        self.supervisor.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
