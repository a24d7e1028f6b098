"""Waits for what another process does, and what is said of times: each with one meaning for all measurements."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from stack.layout import PROJECT_ROOT


def wait_until(what: str, is_so: Callable[[], bool], *, seconds: float, pause: float = 0.1) -> float:
    """The seconds that it took. Raises TimeoutError."""
    begin = time.monotonic()
    while not is_so():
        if time.monotonic() - begin > seconds:
            raise TimeoutError(f"after {seconds:g} s it is not so that {what}")
        time.sleep(pause)
    return time.monotonic() - begin


def module_run(
    arguments: Sequence[str], environment: Mapping[str, str], *, code: Path = PROJECT_ROOT, answer: str = ""
) -> "subprocess.CompletedProcess[str]":
    """`python -m` in a process of its own, which is told `answer` where it asks."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=code,
        env={**environment, "PYTHONPATH": str(code)},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


def last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def wait_for_server(
    process: "subprocess.Popen[bytes]", url: str, *, seconds: float, log: Path | None = None
) -> None:
    """Until it answers. Raises RuntimeError where the process ends instead, with the last lines of its log."""

    def answers() -> bool:
        if process.poll() is not None:
            said = last_lines(log) if log else "its reason stands above"
            raise RuntimeError(f"the server ended at once:\n{said}")
        try:
            with urlopen(url, timeout=5):  # noqa: S310  (loopback)
                return True
        except (URLError, OSError):
            return False

    wait_until(f"{url} answers", answers, seconds=seconds)


def percentile(values: Sequence[float], percent: float) -> float:
    """Between the two nearest values; of none there is none."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def milliseconds(seconds: Sequence[float], percent: float) -> float | None:
    return round(1000 * percentile(seconds, percent), 1) if len(seconds) else None
