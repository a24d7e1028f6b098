"""One conversation through the real embedded models, from the API to the model and back."""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from benchmarks import isolated
from benchmarks.isolated import Platform
from tests.e2e.conftest import made_shop

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]


def ask_about_returns(platform: Platform) -> list[str]:
    """A visitor of a shop of its own asks; answers what is streamed back, event by event."""
    shop = made_shop(platform)
    question = {"channel": shop["channel"], "message": "How long can I return unopened tea?", "stream": True}
    headers = {"Authorization": f"Bearer {shop['token']}", "Content-Type": "application/json"}
    address = f"{platform.url}/api/v1/conversations/"
    request = urllib.request.Request(address, data=json.dumps(question).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=180) as answer:
        return [line.decode().removeprefix("data: ").strip() for line in answer if line.startswith(b"data: ")]


def require_answer_from_handbook(lines: list[str]) -> None:
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert not [chunk for chunk in chunks if "error" in chunk]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert "30 days" in text
    assert any(chunk.get("citations") for chunk in chunks)


def test_the_embedded_model_answers_from_the_handbook_with_its_source() -> None:
    model = Path(os.environ.get("KONGMING_LLAMA_MODEL", ""))
    if not model.is_file():
        pytest.skip("NO MODEL: run without --no-model so that the weights are fetched")
    with isolated.platform_with_models(model) as platform:
        lines = ask_about_returns(platform)

    require_answer_from_handbook(lines)
