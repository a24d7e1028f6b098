"""`test` and `manage`: commands that need the servers, and nothing else, for as long as they run."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from stack import engine_commands, shifted_clock
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import PROJECT_ROOT, state_directory
from stack.programs import SERVERS
from stack.progress import Steps
from stack.settings import chosen_settings
from stack.start_lock import users_lock
from stack.tied_process import dies_with_parent
from stack.translations import compile_catalogues
from stack.weights import catalogue, ensure_weights, is_verified

RUNS_AT_ONCE = 50
# Each has a PostgreSQL database and a Redis number of its own; more of them wait for one another.
MOST_PROCESSES = 4
DEFAULT_TIER = "not e2e and not model and not vllm and not slow"
# What decides the order of tests, and which cases of a long walk (`tests/sample.py`) the default tier takes.
SEED = "KONGMING_SEED"
# Where nothing compiled may be written, as is usual in containers, each process of a run, and whatever it starts,
# compiles two thousand modules for itself.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
MODEL_SETTINGS = {"llm": "KONGMING_LLAMA_MODEL", "speech": "SPEECH_MODEL"}


def run_tests(arguments: Sequence[str]) -> int:
    """pytest, with a PostgreSQL and a Redis of its own. `.env` is not read: it may name a real database.

    The default tier is what needs no browser, no weights and no whole installation; walks over everything take a share
    there, which `KONGMING_SEED` decides. `--all` is everything. Whoever names files gets all of their tests in one process,
    less those that need weights that are not there. With `--at` all of them, their servers and what they start live at
    another moment.
    """
    moment, arguments = shifted_clock.moment_asked_for(arguments)
    settings = os.environ | (shifted_clock.environment(moment) if moment else {})
    state = state_directory(os.environ.get("KONGMING_STATE_DIR"))
    compile_catalogues()
    is_everything = "--all" in arguments
    options = [argument for argument in arguments if argument != "--all"]
    names_files = any((PROJECT_ROOT / argument.partition("::")[0]).exists() for argument in options)
    environment = _model(state, is_wanted=is_everything) | BYTECODE
    seed = settings.get(SEED) or str(time.time_ns() % 1_000_000)
    if not names_files:
        options += _parallel(seed)
    if not names_files and not is_everything:
        options += ["-m", DEFAULT_TIER]
        environment[SEED] = seed
    with _claimed_state(state) as directory:
        servers = Installation(directory, names=SERVERS, settings=settings, throw_away=True)
        with servers as installation:
            return run([sys.executable, "-m", "pytest", *options], installation.environment() | environment)


def _parallel(seed: str) -> list[str]:
    """All processes shuffle alike. A quarter of the time of tests is waiting, for PostgreSQL, for mail, for clocks, and with
    `--all` for browsers and servers that start: one process more than there are cores uses it.
    """
    processes = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
    return ["-n", str(processes), f"--random-order-seed={seed}"]


def _model(state: Path, *, is_wanted: bool) -> dict[str, str]:
    """Where tests marked `model` find the weights. Only a run of everything fetches them; elsewhere the tests skip."""
    installation = Installation(state, settings=os.environ)
    models = installation.layout.models(installation.settings)
    environment = {}
    for name, setting in MODEL_SETTINGS.items():
        weights = catalogue(name)
        path = models / weights.file
        if setting in installation.settings:
            continue
        if is_wanted:
            with Steps() as steps:
                ensure_weights(weights, models, steps)
        if is_verified(path, weights):
            environment[setting] = str(path.parent if weights.companions else path)
    # Fetched only when a person asks for it: its tests skip elsewhere.
    if not engine_commands.voice_missing(models):
        environment["VOICE_FOLDER"] = str(engine_commands.voice_folder(models))
    return environment


@contextmanager
def _claimed_state(state: Path) -> Iterator[Path]:
    """A directory that no other test run is using."""
    for number in range(1, RUNS_AT_ONCE):
        directory = state / ("test" if number == 1 else f"test-{number}")
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield directory
            return
    raise StackError(f"{RUNS_AT_ONCE} test runs are already in progress in {state}.")


def manage(arguments: Sequence[str]) -> int:
    """manage.py, with the running installation or else with its servers started for the while, which several may use."""
    settings = chosen_settings()
    state = state_directory(settings.get("KONGMING_STATE_DIR"))
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments]
    installation = Installation(state, settings=settings)
    if installation.supervisor.process():
        with users_lock(installation.layout, fcntl.LOCK_SH):
            # Those that another command had started for a while may be gone by now.
            if installation.supervisor.process():
                return run(command, installation.environment())
    with Installation(state, names=SERVERS, settings=settings) as servers:
        servers.share()
        return run(command, servers.environment())


def run(command: Sequence[str], environment: Mapping[str, str], *, directory: Path = PROJECT_ROOT) -> int:
    """Run a command that shares our terminal: Ctrl-C reaches it too, and we wait for it to finish."""
    child = subprocess.Popen(command, env=environment, cwd=directory, preexec_fn=dies_with_parent())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # At a terminal Ctrl-C has reached the child already: it is in the same group.
            if not sys.stdin.isatty():
                child.send_signal(signal.SIGINT)
        except BaseException:
            child.terminate()
            child.wait()
            raise
