import argparse
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from stack.errors import StackError
from stack.installation import SERVERS, Installation
from stack.layout import PROJECT_ROOT, state_directory


def claim_test_state(state: Path) -> Path:
    """A state directory no other run is using."""
    for number in range(1, 50):
        directory = state / ("test" if number == 1 else f"test-{number}")
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return directory
    raise StackError("50 test runs are going on here already.")


def test(arguments: list[str]) -> int:
    state = claim_test_state(state_directory(os.environ.get("KONGMING_STATE_DIR")))
    with Installation(state, names=SERVERS, settings=os.environ, throw_away=True) as installation:
        environment = os.environ | installation.environment()
        return _run([sys.executable, "-m", "pytest", *arguments], environment)


def manage(arguments: list[str]) -> int:
    state = claim_test_state(state_directory(os.environ.get("KONGMING_STATE_DIR")))
    with Installation(state, names=SERVERS, settings=os.environ, throw_away=True) as installation:
        environment = os.environ | installation.environment()
        return _run([sys.executable, str(PROJECT_ROOT / "manage.py"), *arguments], environment)


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command that shares our terminal: Ctrl-C reaches it, and we wait for it to finish."""
    child = subprocess.Popen(command, env=environment, cwd=PROJECT_ROOT)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def _terminated(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)


def main() -> int:
    signal.signal(signal.SIGTERM, _terminated)
    parser = argparse.ArgumentParser(prog="kongming")
    parser.add_argument("verb", choices=["test", "manage"])
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        return {"test": test, "manage": manage}[chosen.verb](chosen.arguments)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
