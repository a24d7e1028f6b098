"""What the tests of all messengers need: an account, its calls, and its answers."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.test import Client

from apps.accounts.actors import Actor
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.models import MessengerAccount
from apps.knowledge.models import Document
from tests.loopback_server import LoopbackServer, Reply

Make = Callable[..., MessengerAccount]


@pytest.fixture
def make_account(alice_actor: Actor, handbook: Document) -> Make:
    def make(kind: str, **credentials: Any) -> MessengerAccount:
        line = credentials.pop("has_long_connection", False)
        fields = {"kind": kind, "name": f"Tea on {kind}", "language": "en", "has_long_connection": line}
        return messengers.create_messenger_channel(alice_actor, credentials=credentials, **fields)

    return make


def json_reply(status: int = 200, headers: dict[str, str] | None = None, **body: Any) -> Reply:
    return Reply(
        json.dumps(body).encode(), status=status, content_type="application/json", headers=headers or {}
    )


def bring(account: MessengerAccount, body: bytes, *, query: str = "", **headers: str) -> Any:
    path = f"/hooks/{account.channel.kind}/{account.pk}/{query}"
    return Client().post(path, body, content_type="application/json", headers=headers)


def paths(api: LoopbackServer) -> list[str]:
    return [request["path"].partition("?")[0] for request in api.requests]


def encrypt(content: bytes, key: bytes, vector: bytes, *, block_bytes: int) -> str:
    """AES-256-CBC with PKCS#7 padding, as the consoles of these messengers document it."""
    padding = block_bytes - len(content) % block_bytes
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    padded = content + bytes([padding]) * padding
    return base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()
