"""The embedded model helps staff: a draft from the handbook, a translation that keeps the facts."""

import json
import urllib.request
from typing import Any

import pytest

from benchmarks.isolated import Platform

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

REPLY = (
    "Dear Vera, thank you very much for your message and for your patience with us. Your order A-1029 left our "
    "warehouse this morning and will be with you within 3 days. If you have any more questions, please write to us."
)


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
