"""A measure that is ended leaves nothing behind, whoever is hit."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from stack.layout import PROJECT_ROOT

SECONDS = 30


@pytest.fixture
def family(tmp_path: Path) -> Iterator[list[psutil.Process]]:
    """`./kongming eval sentiment` as it embeds: the command, the measure and the embedding server."""
    rows = "".join(f"{number} good,positive\n{number} bad,negative\n" for number in range(2000))
    (tmp_path / "train.csv").write_text(f"text,label\n{rows}")
    command = [sys.executable, "-m", "stack", "eval", "sentiment", "--data", str(tmp_path)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT_ROOT)}
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # Whoever runs the tests in the background ignores it, and children would as well.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as started:
        found = [psutil.Process(started.pid), *_children(started.pid)]
        yield found
        for each in psutil.wait_procs(found, timeout=0)[1]:
            each.kill()


def _children(pid: int) -> list[psutil.Process]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        if any("embedding_server" in " ".join(each.cmdline()) for each in children):
            return children
        time.sleep(0.1)
    raise AssertionError("the embedding server did not start")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "number"),
    [(0, signal.SIGTERM), (0, signal.SIGINT), (0, signal.SIGKILL), (1, signal.SIGKILL)],
    ids=["command ended", "command interrupted", "command killed", "measure killed"],
)
def test_the_embedding_server_ends_with_its_measure(
    family: list[psutil.Process], who: int, number: signal.Signals
) -> None:
    family[who].send_signal(number)

    _, left = psutil.wait_procs(family, timeout=SECONDS)

    assert left == []
