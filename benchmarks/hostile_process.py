"""An attacker of `bench hostile`: a process of its own. What it costs the machine is part of the attack, what it waits for
is not measured.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from stack.layout import PROJECT_ROOT
from stack.tied_process import run_tied


def attacking(module: str, target: Any, *before: str) -> "AbstractContextManager[subprocess.Popen[Any]]":
    """It is told all it knows of its target, and prints what it was answered as JSON."""
    command = [*before, sys.executable, "-m", f"benchmarks.{module}", json.dumps(asdict(target))]
    return run_tied(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)


@dataclass
class Requests:
    """Counts each answer under `<name> <status>`; a refused or ended connection is status 0."""

    url: str
    seconds: float
    session: aiohttp.ClientSession
    answers: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.seconds

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self.until

    async def send(self, name: str, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """The status, and what was answered as JSON."""
        status, body = 0, None
        try:
            async with self.session.request(method, f"{self.url}{path}", **options) as answer:
                status, content = answer.status, await answer.read()
                body = json.loads(content) if answer.content_type == "application/json" else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        self.answers[f"{name} {status}"] += 1
        return status, body
