"""The event stream as visitors may see it: reasons of failures stay inside."""

from collections.abc import AsyncIterator
from typing import cast

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext

from apps.customer_service.visitors.chat_page import APOLOGY
from apps.jobs import streaming
from apps.jobs.models import Job

_ERROR = b"event: error\n"


def visitor_event_response(request: HttpRequest, job: Job) -> StreamingHttpResponse:
    response = streaming.event_stream_response(request, job)
    frames = cast("AsyncIterator[bytes]", response.streaming_content)
    response.streaming_content = _kind(frames, gettext(APOLOGY))
    return response


async def _kind(frames: AsyncIterator[bytes], apology: str) -> AsyncIterator[bytes]:
    async for gathered in frames:
        if _ERROR in gathered:
            yield b"\n\n".join(_without_reason(frame, apology) for frame in gathered.split(b"\n\n"))
        else:
            yield gathered


def _without_reason(frame: bytes, apology: str) -> bytes:
    if _ERROR not in frame:
        return frame
    head = frame.partition(b"data: ")[0]
    return head + b"data: " + orjson.dumps({"state": "failed", "code": "not_answered", "message": apology})
