"""A visitor with a browser: what the chat page's script sends."""

from io import BytesIO
from typing import Any

from django.test import Client

from apps.customer_service.channels.models import Channel

ROOT = "/api/v1/visitor/"


class VisitorBrowser:
    def __init__(self, channel: Channel, message: str | None = "How long does delivery take?", **first: Any):
        self.client = Client(headers={"Accept-Language": "en"})
        body = {"channel": channel.slug, **first} | ({"message": message} if message is not None else {})
        self.opened = self.client.post(f"{ROOT}conversations/", body, content_type="application/json")
        if self.opened.status_code == 202:
            self.take_up(self.opened.json())

    def take_up(self, session: dict[str, Any]) -> None:
        self.token, self.conversation = session["token"], session["conversation"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Visitor {self.token}"}

    def post(self, action: str, body: object = None, conversation: object = None, **headers: str) -> Any:
        return self.client.post(
            f"{ROOT}conversations/{conversation or self.conversation}/{action}/",
            body or {},
            content_type="application/json",
            headers={**self.headers, **headers},
        )

    def get(self, path: str = "", conversation: object = None) -> Any:
        return self.client.get(
            f"{ROOT}conversations/{conversation or self.conversation}/{path}", headers=self.headers
        )

    def upload(self, content: bytes, name: str, kind: str = "file") -> Any:
        file = BytesIO(content)
        file.name = name
        return self.client.post(
            f"{ROOT}conversations/{self.conversation}/attachments/",
            {"file": file, "kind": kind},
            headers=self.headers,
        )
