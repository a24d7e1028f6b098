"""The embedded model on llama.cpp and on vLLM (CPU, bf16 and int8): the same prompts, client and machine, one call."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from benchmarks import engines
from benchmarks.engines import Body, Engine
from benchmarks.load import QUESTIONS
from stack.layout import PROJECT_ROOT

COMMAND = "bench engine"
EngineName = Literal["llama", "vllm_bf16", "vllm_int8"]
ANSWER_TOKENS = 64
CONTEXT = 1024
SYSTEM = "You answer for a tea shop, briefly and in the language of the question."


def run(
    parallel: Sequence[int] = (1, 4, 16),
    seconds: Annotated[float, "at least, for each engine at each level"] = 10,
    only: Annotated[Sequence[EngineName], "measure these engines"] = get_args(EngineName),
) -> dict[str, Any]:
    weights, slots = engines.embedded_weights(), max(parallel)
    figures: dict[str, Any] = {}
    for name in only:
        with _engine(name, weights, slots) as engine:
            figures |= _measure(engine, name, parallel, seconds)
    return figures


def _engine(name: str, weights: Path, slots: int) -> AbstractContextManager[Engine]:
    """Each may write as many answers at a time as are asked at most, and gets the same context for each."""
    if name == "llama":
        return engines.llama(weights, "--slots", str(slots), "--context", str(CONTEXT))
    state = Path(os.environ["KONGMING_STATE_DIR"])
    checkpoint = prepare_checkpoint(state, weights, name.removeprefix("vllm_"))
    options = ("--slots", str(slots), "--context", str(CONTEXT), "--cache-gib", "1")
    return engines.vllm_cpu(state, checkpoint, *options)


def prepare_checkpoint(state: Path, weights: Path, form: str) -> Path:
    """The checkpoint for vLLM, made of the same GGUF, where `./kongming engine prepare` puts it too."""
    folder = weights.with_name(f"{weights.stem}-{form}")
    command = [sys.executable, "-m", "llm_backend.engines.vllm_cpu", "prepare", "--state", str(state)]
    command += ["--gguf", str(weights), "--out", str(folder), "--format", form]
    subprocess.run(command, cwd=PROJECT_ROOT, check=True)
    return folder


def _measure(engine: Engine, name: str, levels: Sequence[int], seconds: float) -> dict[str, Any]:
    """The first token's median, tokens of all streams a second from asking to the last answer's end, and memory."""
    figures: dict[str, Any] = {}
    for parallel in levels:
        ask = partial(engines.waves, engine, "/v1/chat/completions", parallel=parallel)
        # Other questions than those that are measured: an engine would remember having read them.
        ask(lambda number: {**_body(10_000 + number), "max_tokens": 4}, seconds=0)
        waves = ask(_body, seconds=seconds)
        figures |= {
            f"{name}_first_token_ms_{parallel}": engines.first_token_ms(waves),
            f"{name}_tokens_per_second_{parallel}": round(engines.output_per_second(waves), 1),
        }
        sys.stderr.write(f"{parallel}: {figures}\n")
    return figures | {f"{name}_memory_mb": engine.memory_mb()}


def _body(number: int) -> Body:
    """Every engine writes the same number of tokens, whatever it would like to say."""
    question = f"{number}. {QUESTIONS[number % len(QUESTIONS)]}"
    return {
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}],
        "max_tokens": ANSWER_TOKENS,
        "ignore_eos": True,
        "temperature": 0,
    }
