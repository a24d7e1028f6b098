"""One conversation through the real embedded models, from the API to the model and back."""

import json
import urllib.request
from typing import Any

import pytest

from benchmarks.isolated import Platform

pytestmark = [pytest.mark.model, pytest.mark.timeout(400)]


def ask_about_returns(platform: Platform, shop: dict[str, Any]) -> list[str]:
    """A visitor asks; answers what is streamed back, event by event."""
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


def test_the_embedded_model_answers_from_the_handbook_with_its_source(
    real_platform: Platform, real_shop: dict[str, Any]
) -> None:
    require_answer_from_handbook(ask_about_returns(real_platform, real_shop))
