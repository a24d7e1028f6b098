"""One customer conversation through vLLM on the CPU, from the API to the model and back."""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from benchmarks import engines, isolated
from tests.e2e.conftest import made_shop
from tests.e2e.test_real_model import post
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
        shop = made_shop(platform)
        question = {
            "channel": shop["channel"],
            "message": "How long can I return unopened tea?",
            "stream": True,
        }
        request = post(f"{platform.url}/api/v1/conversations/", shop["token"], question)
        with urllib.request.urlopen(request, timeout=180) as answer:
            lines = [
                line.decode().removeprefix("data: ").strip() for line in answer if line.startswith(b"data: ")
            ]
        with urllib.request.urlopen(f"{engine.url}/metrics", timeout=10) as metrics:
            counted = metrics.read().decode()

    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert not [chunk for chunk in chunks if "error" in chunk]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert "30 days" in text
    assert any(chunk.get("citations") for chunk in chunks)
    [finished] = [
        line
        for line in counted.splitlines()
        if line.startswith("vllm:request_success_total") and "stop" in line
    ]
    assert float(finished.split()[-1]) >= 1
