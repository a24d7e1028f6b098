"""What the embedded servers that speak OpenAI's dialect answer alike: keys, models, JSON and errors."""

import hmac
from typing import Any

import orjson
from aiohttp import web


def is_allowed(request: web.Request, api_key: str) -> bool:
    """Without a key of its own a server lets everybody in."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return not api_key or hmac.compare_digest(token.encode(), api_key.encode())


def models(name: str) -> web.Response:
    return answer({"object": "list", "data": [{"id": name, "object": "model"}]})


def answer(body: Any, *, status: int = 200) -> web.Response:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return web.Response(body=content, status=status, content_type="application/json")


def failure(message: str, *, status: int) -> web.Response:
    return answer({"error": {"message": message[:500], "code": status}}, status=status)
