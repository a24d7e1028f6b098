"""One customer conversation through vLLM on the CPU, from the API to the model and back."""

import os
import urllib.request
from pathlib import Path

import pytest

from benchmarks import engines, isolated
from tests.e2e.conftest import made_shop
from tests.e2e.test_real_model import ask_about_returns, require_answer_from_handbook
from tests.vllm_environment import vllm_state

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(500)]


def int8_checkpoint() -> Path:
    weights = Path(os.environ.get("KONGMING_LLAMA_MODEL", ""))
    checkpoint = weights.with_name(f"{weights.stem}-int8")
    if not (checkpoint / "config.json").is_file():
        pytest.skip("NO CHECKPOINT: ./kongming engine prepare vllm-cpu")
    return checkpoint


def test_a_visitor_is_answered_from_the_handbook_by_vllm() -> None:
    state, checkpoint = vllm_state(), int8_checkpoint()
    with (
        engines.vllm_cpu(state, checkpoint, "--cache-gib", "1", "--slots", "4") as engine,
        isolated.platform_with_models(
            checkpoint, LLM_ENDPOINT=f"{engine.url}/v1", LLM_MODEL=engine.model
        ) as platform,
    ):
        lines = ask_about_returns(platform, made_shop(platform))
        with urllib.request.urlopen(f"{engine.url}/metrics", timeout=10) as metrics:
            counted = metrics.read().decode()

    require_answer_from_handbook(lines)
    [finished] = [
        line
        for line in counted.splitlines()
        if line.startswith("vllm:request_success_total") and "stop" in line
    ]
    assert float(finished.split()[-1]) >= 1
