"""A job's events as the chunks that clients of OpenAI-style chat endpoints understand."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from django.http import HttpRequest, StreamingHttpResponse

from apps.jobs import event_hub
from apps.jobs.event_stream import job_frames
from apps.jobs.models import Job

DONE = b"data: [DONE]\n\n"


def completion_response(request: HttpRequest, job: Job) -> StreamingHttpResponse:
    """`data: {"choices": [{"delta": {"content": …}}]}` until `[DONE]`; the last chunk has the citations."""
    return event_hub.sse_response(_chunks(str(job.pk), job_frames(request, job)))


async def _chunks(job_id: str, frames: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    has_text = False
    async for event_type, payload in _events(frames):
        if event_type == "delta":
            has_text = True
            yield _chunk(job_id, {"content": payload["text"]})
        # In this format nothing can be taken back that was sent.
        elif event_type == "restart" and has_text:
            yield _error("interrupted", "The answer began again. Read it from the job.")
            break
        elif event_type == "done":
            result = payload["result"]
            extra = {"citations": result["citations"], "is_unanswered": result["is_unanswered"]}
            delta = {} if has_text else {"content": result["text"]}
            yield _chunk(job_id, delta, finish_reason="stop", **extra)
        elif event_type in ("error", "cancelled"):
            yield _error(payload.get("code", event_type), payload.get("message", ""))
    yield DONE


async def _events(frames: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Frames come whole, several at once."""
    async for batch in frames:
        for frame in batch.split(b"\n\n"):
            fields = dict(line.split(b": ", 1) for line in frame.split(b"\n") if line[:1] not in (b"", b":"))
            if b"event" in fields:
                yield fields[b"event"].decode(), orjson.loads(fields[b"data"])


def _chunk(job_id: str, delta: dict[str, str], *, finish_reason: str | None = None, **extra: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    body = {"id": job_id, "object": "chat.completion.chunk", "choices": [choice], **extra}
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _error(code: str, message: str) -> bytes:
    return b"data: " + orjson.dumps({"error": {"code": code, "message": message}}) + b"\n\n"
