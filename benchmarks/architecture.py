"""What DeepSeek's architecture brings, measured on vLLM: latent attention, experts, and the balancing bias.

The checkpoints are tiny and their weights random; the code that runs them is the one that runs the large models.
"""

import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from apps.operations.demonstration.material import HANDBOOKS
from benchmarks import engines, isolated
from benchmarks.engines import Body, Engine
from benchmarks.waiting import last_lines
from llm_backend import patterns
from llm_backend.capacity.architecture import find_config
from llm_backend.capacity.cache import used_cache
from llm_backend.capacity.formats import CacheFormat
from llm_backend.engines.vllm_cpu import installation
from stack.engine_report import VLLM_KV_TOKENS
from stack.layout import PROJECT_ROOT

COMMAND = "bench architecture"
_MLA = patterns.compile(r"Using (\w*MLA) backend")
Part = Literal["mla", "moe", "balance", "lab"]
# Large enough that reading the weights, and not the overhead of a call, takes the time: 769 million parameters.
SPEED_SIZES = ("--hidden", "1024", "--experts", "64", "--expert-width", "512", "--dense-width", "2048")
# Few different tokens, so that 5 kB of text hold each of them often enough to find a bias by.
BALANCE_SIZES = ("--vocab", "768")
ENGINE_OPTIONS = ("--cache-gib", "1", "--context", "1024")
PREFILL_TOKENS = 256
DECODE_PROMPT_TOKENS = 16
DECODE_TOKENS = 48
# Below the tokenizer's special tokens nothing is asked; every checkpoint's vocabulary reaches this far.
PROMPT_IDS = (2, 700)


def run(
    parallel: Sequence[int] = (1, 4, 16),
    seconds: Annotated[float, "at least, for each figure"] = 6,
    only: Annotated[Part | None, "measure one part"] = None,
) -> dict[str, Any]:
    state = Path(os.environ["KONGMING_STATE_DIR"])
    interpreter = installation.ensure_installed(state)
    parts: dict[Part, Callable[[], dict[str, Any]]] = {
        "mla": lambda: latent_attention(state),
        "moe": lambda: experts_against_dense(state, parallel, seconds),
        "balance": lambda: expert_balance(state, interpreter),
        "lab": lambda: speeds_of_the_lab(state, parallel),
    }
    measured = [measure() for part, measure in parts.items() if only in (None, part)]
    return {name: figure for figures in measured for name, figure in figures.items()}


def checkpoint(state: Path, name: str, *sizes: str) -> Path:
    """A tiny checkpoint, made once for these sizes."""
    folder = installation.directory(state) / name
    if not (folder / "config.json").is_file():
        command = [sys.executable, "-m", "llm_backend.engines.vllm_cpu", "tiny", "--state", str(state)]
        command += ["--out", str(folder), *sizes, "--text", *map(str, HANDBOOKS.values())]
        subprocess.run(command, cwd=PROJECT_ROOT, check=True)
    return folder


def latent_attention(state: Path) -> dict[str, Any]:
    """Tokens that one GiB of KV cache holds, in vLLM's own words, with latent attention and without."""
    folder = checkpoint(state, "tiny-moe", *SPEED_SIZES)
    tokens = {mla: _cache_tokens(state, folder, mla) for mla in ("on", "off")}
    model = find_config(str(folder))
    plan = {
        mla: 2**30 / used_cache(model, mla=mla == "on").bytes(model.num_hidden_layers, CacheFormat.BF16)
        for mla in tokens
    }
    errors = [abs(plan[mla] - tokens[mla]) / tokens[mla] * 100 for mla in tokens]
    return {
        "mla_tokens_per_gib": tokens["on"],
        "full_tokens_per_gib": tokens["off"],
        "mla_ratio": round(tokens["on"] / tokens["off"], 3),
        "planner_error_pct": round(max(errors), 3),
    }


def _cache_tokens(state: Path, folder: Path, mla: str) -> int:
    with engines.vllm_cpu(state, folder, "--cache-gib", "1", "--mla", mla) as engine:
        backend = engine.find_in_log(_MLA)
        sys.stderr.write(f"MLA {mla}: vLLM uses {backend or 'a full cache'}\n")
        tokens = engine.find_in_log(VLLM_KV_TOKENS)
        if tokens is None or (backend is None) != (mla == "off"):
            raise RuntimeError(f"vLLM ignored MLA {mla}, or hides its cache: {last_lines(engine.log)}")
        return int(tokens.replace(",", ""))


def experts_against_dense(state: Path, levels: Sequence[int], seconds: float) -> dict[str, Any]:
    """The same attention and as many parameters, in experts of which few are active, and in dense layers."""
    folders = {
        "moe": checkpoint(state, "tiny-moe", *SPEED_SIZES),
        "dense": checkpoint(state, "tiny-dense", "--dense", *SPEED_SIZES),
    }
    figures: dict[str, Any] = {}
    for name, folder in folders.items():
        with engines.vllm_cpu(state, folder, *ENGINE_OPTIONS) as engine:
            for parallel in levels:
                figures |= _speeds(engine, name, parallel, seconds)
    for parallel, phase in itertools.product(levels, ("prefill", "decode")):
        moe, dense = (figures[f"{name}_{phase}_per_second_{parallel}"] for name in ("moe", "dense"))
        figures[f"moe_{phase}_ratio_{parallel}"] = round(moe / dense, 2)
    return figures


def _speeds(engine: Engine, name: str, parallel: int, seconds: float) -> dict[str, Any]:
    ask = partial(engines.waves, engine, "/v1/completions", parallel=parallel, seconds=seconds)
    # What the first wave pays for once is not what this measures.
    engines.waves(engine, "/v1/completions", _decode_body, parallel=parallel, seconds=0)
    figures = {
        f"{name}_prefill_per_second_{parallel}": round(engines.prefill_per_second(ask(_prefill_body)), 1),
        f"{name}_decode_per_second_{parallel}": round(engines.decode_per_second(ask(_decode_body)), 1),
    }
    sys.stderr.write(f"{figures}\n")
    return figures


def _prefill_body(number: int) -> Body:
    return {"prompt": _prompt(number, PREFILL_TOKENS), "max_tokens": 1, "temperature": 0}


def _decode_body(number: int) -> Body:
    prompt = _prompt(number, DECODE_PROMPT_TOKENS)
    return {"prompt": prompt, "max_tokens": DECODE_TOKENS, "ignore_eos": True, "temperature": 0}


def _prompt(number: int, tokens: int) -> list[int]:
    """Token ids that no other request shares, the same in each run."""
    source = random.Random(number)
    return [source.randrange(*PROMPT_IDS) for _ in range(tokens)]


def speeds_of_the_lab(state: Path, levels: Sequence[int]) -> dict[str, Any]:
    folder = checkpoint(state, "tiny-moe", *SPEED_SIZES)
    with isolated.services(), engines.vllm_cpu(state, folder, *ENGINE_OPTIONS) as engine:
        from benchmarks.exam_runs import lab_columns

        return lab_columns(engine, levels)


def expert_balance(state: Path, interpreter: Path) -> dict[str, Any]:
    folder = checkpoint(state, "tiny-balance", *BALANCE_SIZES)
    command = [str(interpreter), "-m", "benchmarks.expert_load", "--checkpoint", str(folder), "--text"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    texts = map(str, HANDBOOKS.values())
    output = subprocess.check_output([*command, *texts], cwd=PROJECT_ROOT, env=environment)
    figures: dict[str, Any] = json.loads(output.splitlines()[-1])
    return figures
