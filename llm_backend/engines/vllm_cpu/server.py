"""The command line and the environment of one vLLM server on the CPU.

`serve` becomes the server, so that whoever supervises it holds the right process.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from llm_backend.engines.vllm_cpu import installation
from llm_backend.engines.vllm_cpu.errors import PreparationError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="a folder made by `prepare` or `tiny`")
    parser.add_argument("--name", default="qwen2.5-coder-1.5b-instruct", help="the name that clients use")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slots", type=int, default=16, help="answers written at the same time")
    parser.add_argument("--context", type=int, default=4096, help="tokens of one conversation")
    parser.add_argument("--cache-gib", type=int, default=2, help="memory for the KV cache")
    parser.add_argument(
        "--mla", choices=["on", "off"], default="on", help="off: a full KV cache, for comparison"
    )


def command(options: argparse.Namespace, interpreter: Path) -> list[str]:
    # The distribution is called vllm-cpu, so the command `vllm` does not find itself: the module does.
    module = [str(interpreter), "-m", "vllm.entrypoints.openai.api_server"]
    arguments = {
        "--model": options.model,
        "--served-model-name": options.name,
        "--host": options.host,
        "--port": options.port,
        "--max-num-seqs": options.slots,
        "--max-model-len": options.context,
        "--dtype": "bfloat16",
    }
    # Compiling makes the start three times as long and small models no faster.
    flags = ["--enforce-eager", "--disable-access-log-for-endpoints", "/health,/metrics"]
    return [*module, *(str(part) for pair in arguments.items() for part in pair), *flags]


def environment(options: argparse.Namespace, parent: Mapping[str, str]) -> dict[str, str]:
    """Nothing is fetched and nothing is reported: the model is a folder."""
    own = {
        "HF_HUB_OFFLINE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_CPU_KVCACHE_SPACE": str(options.cache_gib),
        "VLLM_MLA_DISABLE": "1" if options.mla == "off" else "0",
    }
    key = parent.get("LLM_API_KEY", "")
    return {**parent, **own, **({"VLLM_API_KEY": key} if key else {})}


def serve(options: argparse.Namespace, state: Path) -> None:
    """Become the server; returns only by an error. Raises PreparationError where there is no checkpoint, or vLLM is
    missing.
    """
    if not installation.is_installed(state):
        raise PreparationError(
            "vLLM is not installed. Run: python -m llm_backend.engines.vllm_cpu install --state " + str(state)
        )
    if not (options.model / "config.json").is_file():
        raise PreparationError(
            f"{options.model} is no checkpoint: it has no config.json. Make one: "
            "python -m llm_backend.engines.vllm_cpu prepare --help"
        )
    line = command(options, installation.python(state))
    sys.stdout.flush()
    os.execve(line[0], line, environment(options, os.environ))  # noqa: S606
