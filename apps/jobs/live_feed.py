"""A named feed of an organisation, for pages that stay open: what moved, in a stream that never ends.

    FEED = LiveFeed("desk")
    FEED.send(organisation_id, "moved", body, subject=…)
    FEED.response(request, actor.organisation.pk)  # from a view that checked the permission

Only the latest event about a subject matters, so those that wait for a slow client replace each other; what has no
subject is told each by itself. What cannot be told any more, or was lost, is told as `gap`: look at everything again.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson
from django.http import HttpRequest, StreamingHttpResponse
from redis.exceptions import RedisError

from apps.core import redis_client
from apps.jobs import event_hub, events
from apps.jobs.event_hub import Entry, Subscriber
from apps.jobs.events import Position

logger = logging.getLogger(__name__)

MAX_KEPT_EVENTS = 500
# Frames that wait for one slow client; past it they are forgotten and a gap is told.
MAX_WAITING_FRAMES = 500
# Whoever signed out or lost the permission is found out when the client comes again.
LIFETIME_SECONDS = 600.0
GAP = b"event: gap\ndata: {}\n\n"


@dataclass(frozen=True)
class LiveFeed:
    """`name` is the feed's alone; each organisation has a stream of its own."""

    name: str

    def key(self, organisation_id: UUID) -> str:
        return f"{self.name}:{organisation_id}:events"

    def send(
        self, organisation_id: UUID, event: str, body: Mapping[str, object], *, subject: str = ""
    ) -> None:
        """At once, and as it is. Pages also look by themselves: where Redis is away it is not told."""
        entry = {b"t": event, b"d": orjson.dumps(body), b"a": f"{event} {subject}" if subject else ""}
        try:
            redis_client.synchronous().xadd(self.key(organisation_id), entry, maxlen=MAX_KEPT_EVENTS)  # type: ignore[arg-type]
        except (RedisError, OSError) as error:
            logger.warning("open pages are not told: %s", error)

    def response(self, request: HttpRequest, organisation_id: UUID) -> StreamingHttpResponse:
        """Server-sent events from now on, or from after `Last-Event-ID`."""
        subscriber = FeedSubscriber(self.key(organisation_id), event_hub.last_event_id(request))
        return event_hub.sse_response(event_hub.subscribe(subscriber))


class FeedSubscriber(Subscriber):
    """From now on, or from after the event with the id `after`."""

    def __init__(self, key: str, after: Position | None = None) -> None:
        super().__init__(key, b"%d-%d" % after if after else None)
        self._ends_at = time.monotonic() + LIFETIME_SECONDS

    def begin(self, entries: list[Entry]) -> None:
        """The event that the client had last must still be there: otherwise nobody knows what it missed."""
        if self.start is not None and (not entries or entries[0][0] != self.start):
            self.lose_place()
            entries = []
        super().begin(entries[1:])

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        self.push(events.frame(event_id, fields[b"t"], fields[b"d"]), fields[b"a"] or event_id)
        if len(self._frames) > MAX_WAITING_FRAMES:
            self.lose_place()

    def lose_place(self) -> None:
        self._frames.clear()
        self.push(GAP, GAP)

    @property
    def has_more(self) -> bool:
        return time.monotonic() < self._ends_at
