"""The environment of vLLM on the CPU, for tests marked `vllm`: several gigabytes that only few machines have."""

import os
import subprocess
from pathlib import Path

import pytest

from llm_backend.engines.vllm_cpu import installation
from stack.layout import PROJECT_ROOT


def vllm_state() -> Path:
    """The state directory that holds the environment; the tests' own lies inside it."""
    state = Path(os.environ["KONGMING_STATE_DIR"]).parent
    if not installation.is_installed(state):
        pytest.skip(f"NO VLLM: python -m llm_backend.engines.vllm_cpu install --state {state}")
    return state


def run_inside(state: Path, module: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [installation.python(state), "-m", module, *arguments]
    return subprocess.run(
        command,
        cwd=PROJECT_ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
