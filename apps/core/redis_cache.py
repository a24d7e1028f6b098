"""Django's cache in Redis. Its client is kept: Django makes one anew for each call, which takes longer than the call."""

from functools import cached_property
from typing import Any

import redis
from django.core.cache.backends import redis as django_redis


class KeptClient(django_redis.RedisCacheClient):
    """Of the one server that there is. The client is for any thread; each call takes a connection from its pool."""

    @cached_property
    def _kept(self) -> redis.Redis:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> redis.Redis:
        return self._kept


class RedisCache(django_redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = KeptClient
