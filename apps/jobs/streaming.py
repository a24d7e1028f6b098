"""The HTTP answer that carries a job's events."""

from collections.abc import AsyncIterator

from django.http import HttpRequest, StreamingHttpResponse

from apps.jobs import event_stream, events
from apps.jobs.models import Job

RETRY_MILLISECONDS = 1000


def event_stream_response(request: HttpRequest, job: Job) -> StreamingHttpResponse:
    """Server-sent events after `Last-Event-ID` until the job's end; a finished job replays from what is kept."""
    response = StreamingHttpResponse(
        _frames(job, last_event_id(request) or (0, 0)), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


def last_event_id(request: HttpRequest) -> event_stream.Position | None:
    """Where a client that comes again stopped; pages that cannot set headers say it in the address."""
    return events.parsed_id(request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", ""))


async def _frames(job: Job, position: event_stream.Position) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    async for frames in event_stream.hub().follow(job, position):
        yield frames
