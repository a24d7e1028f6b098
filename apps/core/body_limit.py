"""Refuses requests that are too large before their bytes reach a disk or Django."""

from io import BytesIO
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, Scope
from django.core.handlers.asgi import ASGIRequest
from django.utils import translation

from apps.core import error_pages, errors
from apps.core.middleware import take_request_id
from apps.core.numbers import whole_number


class BodyLimit:
    """ASGI middleware: by Content-Length at once, by counting when a client sends chunks."""

    def __init__(self, application: ASGI3Application, *, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        headers: Any = scope["headers"]
        sizes = [value for name, value in headers if name == b"content-length"]
        if sizes and (whole_number(sizes[0].decode("latin1")) or 0) > self._max_bytes:
            await refuse(scope, send, errors.TooLarge())
        else:
            await self._counting(scope, receive, send)

    async def _counting(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        byte_count = 0

        async def receive_and_count() -> ASGIReceiveEvent:
            nonlocal byte_count
            event = await receive()
            if event["type"] == "http.request":
                byte_count += len(event.get("body", b""))
            # To Django the client seems gone, so it drops what it has read and answers nothing.
            return {"type": "http.disconnect"} if byte_count > self._max_bytes else event

        await self._application(scope, receive_and_count, send)
        # By now Django has given the request up without an answer, so this one is ours to give.
        if byte_count > self._max_bytes:
            await refuse(scope, send, errors.TooLarge())


async def refuse(scope: Any, send: Any, error: errors.ApplicationError) -> None:
    """Answers with the error before the body was read, and closes the connection: what still comes is not wanted."""
    request = ASGIRequest(scope, BytesIO())
    identity = take_request_id(request)
    with translation.override(translation.get_language_from_request(request)):
        answer = error_pages.error_answer(request, error)
    answer["Cache-Control"], answer["X-Request-Id"] = "no-store", identity
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.items()]
    headers += [(b"content-length", str(len(answer.content)).encode()), (b"connection", b"close")]
    await send(
        {"type": "http.response.start", "status": answer.status_code, "headers": headers, "trailers": False}
    )
    await send({"type": "http.response.body", "body": answer.content, "more_body": False})
