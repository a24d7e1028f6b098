"""One conversation through the real embedded models, from the API to the model and back."""

import json
import os
import urllib.request
from pathlib import Path

import pytest

from benchmarks import isolated
from tests.e2e.conftest import made_shop

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]


def post(url: str, token: str, body: dict[str, object]) -> urllib.request.Request:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)


def test_the_embedded_model_answers_from_the_handbook_with_its_source() -> None:
    model = Path(os.environ.get("KONGMING_LLAMA_MODEL", ""))
    if not model.is_file():
        pytest.skip("NO MODEL: run without --no-model so that the weights are fetched")
    with isolated.platform_with_models(model) as platform:
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

    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])
    assert "30 days" in text
    assert any(chunk.get("citations") for chunk in chunks)
