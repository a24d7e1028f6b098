"""What Redis holds of an organisation: streams, limits, caches and places in queues, found by the ids in their names.

So a new key needs no rule, as long as its name or that of its entry holds the id of a row of the organisation.
"""

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Any, cast
from uuid import UUID

from django.apps import apps
from django.db import models

from apps.accounts.models import ApiKey
from apps.core import redis_client
from apps.jobs import events
from apps.operations.deletion.organisation_rows import lookups_of, rows_of
from llm_backend import patterns

KEYS_AT_ONCE = 500
_ID = patterns.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def delete_keys(organisation_id: UUID) -> int:
    """Answers how many. To be called while the rows are there, as nothing else tells whose an id is."""
    client: Any = redis_client.synchronous()
    prefixes = list(ApiKey.objects.filter(organisation=organisation_id).values_list("prefix", flat=True))
    count = 0
    found = client.scan_iter(count=KEYS_AT_ONCE)
    while names := list(islice(found, KEYS_AT_ONCE)):
        texts = {name: name.decode(errors="replace") for name in names}
        own = _own(organisation_id, {each for text in texts.values() for each in _ids(text)})
        going = [
            name
            for name, text in texts.items()
            if own.intersection(_ids(text)) or any(f":{prefix}" in text for prefix in prefixes)
        ]
        if going:
            count += client.unlink(*going)
        for name in set(names).difference(going):
            count += _remove_entries(client, name, str(organisation_id))
    # It stands in the append-only file until that is written anew.
    client.set(events.ERASED_KEY, 1)
    return count


def _own(organisation_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    own = {organisation_id} & set(ids)
    for model in apps.get_models() if ids else ():
        if lookups_of(model) and isinstance(model._meta.pk, models.UUIDField):
            own |= set(rows_of(model, organisation_id).filter(pk__in=ids).values_list("pk", flat=True))
    return own


def _ids(text: str) -> Iterator[UUID]:
    return (UUID(match[0]) for match in _ID.finditer(text))


def _remove_entries(client: Any, name: bytes, organisation_id: str) -> int:
    """Of what all organisations share, such as places in a queue: the entries that name this one."""
    kinds: dict[bytes, tuple[Callable[..., Any], Callable[..., Any]]] = {
        b"hash": (client.hscan_iter, client.hdel),
        b"set": (client.sscan_iter, client.srem),
        b"zset": (client.zscan_iter, client.zrem),
    }
    scan, remove = kinds.get(client.type(name), (None, None))
    if scan is None or remove is None:
        return 0
    found = [
        each[0] if isinstance(each, tuple) else each for each in scan(name, match=f"*{organisation_id}*")
    ]
    return cast(int, remove(name, *found)) if found else 0
