"""The HTTP answer that carries a desk's live updates."""

from collections.abc import AsyncIterator
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from apps.accounts.actors import Actor
from apps.customer_service.inbox import live_feed
from apps.jobs.event_stream import Position
from apps.jobs.streaming import last_event_id

RETRY_MILLISECONDS = 1000


def live_response(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """Server-sent events `moved` and `presence`, each about one conversation; `gap` when some could not be told."""
    frames = _frames(actor.organisation.pk, last_event_id(request))
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _frames(organisation_id: UUID, after: Position | None) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RETRY_MILLISECONDS
    async for frames in live_feed.hub().watch(organisation_id, after=after):
        yield frames
