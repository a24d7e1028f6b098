"""The HTTP answer that carries a job's events."""

from collections.abc import AsyncIterator

from django.http import HttpRequest, StreamingHttpResponse

from apps.jobs import follow
from apps.jobs.models import Job

RETRY_MILLISECONDS = 1000


def event_stream_response(request: HttpRequest, job: Job) -> StreamingHttpResponse:
    """Server-sent events after `Last-Event-ID` until the job's end; a finished job replays from what is kept."""
    position = follow.parse_position(
        request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", "")
    )
    response = StreamingHttpResponse(_frames(job, position), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _frames(job: Job, position: follow.Position) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    async for frames in follow.hub().follow(job, position):
        yield frames
