"""Who looks at a conversation or writes in it right now, so that two colleagues never answer at once unknowingly.

One Redis hash per conversation, a field per member, forgotten when nobody says again that they are there. Without
Redis nobody seems to be there; nothing else depends on it.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from apps.accounts.actors import Actor, requires_permission
from apps.core import redis_client
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.presence import read_receipts

logger = logging.getLogger(__name__)

# An open page says every ten seconds that somebody is there; one beat may be late.
THERE_SECONDS = 15


class State(StrEnum):
    LOOKING = "looking"
    WRITING = "writing"
    LEFT = "left"


@dataclass(frozen=True)
class Person:
    member: str
    name: str
    is_writing: bool

    def body(self) -> dict[str, Any]:
        return {"member": self.member, "name": self.name, "is_writing": self.is_writing}


@requires_permission("conversations.view")
def be_present(actor: Actor, *, conversation_id: UUID, state: State, seen: int = 0) -> list[Person]:
    """Answers who else is there. `seen` is the last message that the page shows."""
    conversation = selectors.conversation(actor.organisation, conversation_id)
    read_receipts.mark_read(actor, conversation, through=seen)
    if actor.member is None:
        return []
    member = str(actor.member.pk)
    key = _key(conversation_id)
    try:
        before = _people(redis_client.synchronous().hgetall(key))
        _write(key, member, actor.name, state)
    except (RedisError, OSError) as error:
        logger.warning("nobody is told who is there: %s", error)
        return []
    people = [person for person in before if person.member != member]
    if state != State.LEFT:
        people.append(Person(member, actor.name, state == State.WRITING))
    if set(people) != set(before):
        body = {"conversation": str(conversation_id), "people": [person.body() for person in people]}
        activity.FEED.send(actor.organisation.pk, "presence", body, subject=str(conversation_id))
    return [person for person in people if person.member != member]


def people_in(conversation_ids: Sequence[UUID], *, besides: Actor) -> dict[UUID, list[Person]]:
    """Who is in each of the conversations, but for the actor; one round trip."""
    own = str(besides.member.pk) if besides.member else ""
    pipeline = redis_client.synchronous().pipeline(transaction=False)
    for conversation_id in conversation_ids:
        pipeline.hgetall(_key(conversation_id))
    try:
        hashes = pipeline.execute() if conversation_ids else []
    except (RedisError, OSError) as error:
        logger.warning("nobody is told who is there: %s", error)
        return {}
    return {
        conversation_id: [person for person in _people(people_hash) if person.member != own]
        for conversation_id, people_hash in zip(conversation_ids, hashes, strict=True)
    }


def _key(conversation_id: UUID) -> str:
    return f"desk:present:{conversation_id}"


def _write(key: str, member: str, name: str, state: State) -> None:
    pipeline = redis_client.synchronous().pipeline(transaction=False)
    if state == State.LEFT:
        pipeline.hdel(key, member)
    else:
        until = time.time() + THERE_SECONDS
        pipeline.hset(key, member, json.dumps([until, name, state == State.WRITING]))
        pipeline.expire(key, THERE_SECONDS)
    pipeline.execute()


def _people(people_hash: Any) -> list[Person]:
    now = time.time()
    entries = ((member.decode(), *json.loads(value)) for member, value in sorted(people_hash.items()))
    return [Person(member, name, is_writing) for member, until, name, is_writing in entries if until > now]
