"""The embedded models, from the API to the model and back: visitors are answered, staff are helped."""

import json
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import isolated
from benchmarks.isolated import Platform
from tests.e2e.conftest import made_shop

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

REPLY = (
    "Dear Vera, thank you very much for your message and for your patience with us. Your order A-1029 left our "
    "warehouse this morning and will be with you within 3 days. If you have any more questions, please write to us."
)


@pytest.fixture(scope="module")
def real_platform() -> Iterator[Platform]:
    """An installation with the embedded models: reading them in takes longer than most of what they are asked."""
    with isolated.platform_with_models(Path(os.environ["KONGMING_LLAMA_MODEL"])) as platform:
        yield platform


@pytest.fixture(scope="module")
def real_shop(real_platform: Platform) -> dict[str, Any]:
    return made_shop(real_platform)


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


class Staff:
    """Asks the copilot by the API and waits for what it writes."""

    def __init__(self, platform: Platform, shop: dict[str, Any]) -> None:
        self.url, self.shop = f"{platform.url}/api/v1", shop
        opened = self.called(
            "conversations/",
            {"channel": self.shop["channel"], "message": "How long can I return unopened tea?"},
        )
        self.conversation = opened["conversation"]["id"]
        self.followed(opened["job"]["id"])

    def called(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.shop['token']}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data=content, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            read: dict[str, Any] = json.loads(answer.read())
            return read

    def followed(self, job_id: str) -> dict[str, Any]:
        """To the end of its event stream."""
        headers = {"Authorization": f"Bearer {self.shop['token']}", "Accept": "text/event-stream"}
        request = urllib.request.Request(f"{self.url}/jobs/{job_id}/events/", headers=headers)
        with urllib.request.urlopen(request, timeout=240) as events:
            for line in events:
                if line.startswith((b"event: done", b"event: error", b"event: cancelled")):
                    break
        return self.called(f"jobs/{job_id}/")

    def helped(self, task: str, text: str = "", **wish: str) -> dict[str, Any]:
        asked = self.called(
            f"conversations/{self.conversation}/copilot/", {"task": task, "text": text, **wish}
        )
        job = self.followed(asked["id"])
        assert job["state"] == "succeeded", job
        result: dict[str, Any] = job["result"]
        return result


def test_the_embedded_model_drafts_and_translates(real_platform: Platform, real_shop: dict[str, Any]) -> None:
    staff = Staff(real_platform, real_shop)
    draft = staff.helped("draft")
    chinese = staff.helped("translate", REPLY, language="zh-hans")

    assert "30" in draft["text"]
    assert draft["citations"]
    assert "A-1029" in chinese["text"]
    assert "3" in chinese["text"] or "三" in chinese["text"]
    assert not chinese["text"].isascii()
