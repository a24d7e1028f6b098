"""Installs, prepares and serves vLLM on the CPU.

python -m llm_backend.engines.vllm_cpu install
python -m llm_backend.engines.vllm_cpu prepare --gguf model.gguf --out checkpoint --format int8
python -m llm_backend.engines.vllm_cpu tiny --out checkpoint [--dense]
python -m llm_backend.engines.vllm_cpu serve --model checkpoint --port 8801
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from llm_backend.engines.vllm_cpu import installation, server
from llm_backend.engines.vllm_cpu.errors import PreparationError

INSIDE = {
    "prepare": "llm_backend.engines.vllm_cpu.checkpoint",
    "tiny": "llm_backend.engines.vllm_cpu.tiny",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="llm_backend.engines.vllm_cpu",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("install", "serve", *INSIDE):
        # The modules inside the environment explain their options themselves.
        verb = verbs.add_parser(name, add_help=name not in INSIDE)
        verb.add_argument("--state", type=Path, default=installation.PROJECT_ROOT / "var")
        if name == "serve":
            server.add_arguments(verb)
    options, rest = parser.parse_known_args(arguments)
    if rest and options.verb not in INSIDE:
        parser.error(f"unrecognised: {' '.join(rest)}")
    try:
        return _run(options, rest)
    except PreparationError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    state = options.state.expanduser().absolute()
    if options.verb == "serve":
        server.serve(options, state)
    interpreter = installation.ensure_installed(state)
    return run_inside(interpreter, INSIDE[options.verb], rest) if options.verb in INSIDE else 0


def run_inside(interpreter: Path, module: str, arguments: list[str]) -> int:
    """Run a module of this checkout with vLLM's interpreter; paths stay relative to where the person stands."""
    environment = os.environ | {"PYTHONPATH": str(installation.PROJECT_ROOT), "HF_HUB_OFFLINE": "1"}
    return subprocess.call([str(interpreter), "-m", module, *arguments], env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
