"""Log lines of a made-up shop of several services, the same ones for the same seed."""

import random
from collections.abc import Iterator
from pathlib import Path

_USERS = "alice bob charlie dora emil frida gustav hedda ivan jana karl lena mona"
_TABLES = "orders order_items baskets customers payments stock deliveries reviews vouchers"
USERS, TABLES = _USERS.split(), _TABLES.split()
HOSTS = [
    f"{name}.{zone}.shop.example" for name in ("web", "cart", "pay", "mail") for zone in ("north", "south")
]


def write_lines(path: Path, amount: int, samples: list[str] | None = None, seed: int = 7) -> None:
    """A file of this many lines. Samples of other systems are strewn in with other numbers."""
    with path.open("w", encoding="utf-8") as file:
        lines = made_lines(amount, samples or [], seed)
        file.writelines(f"{line}\n" for line in lines)


def made_lines(amount: int, samples: list[str], seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for _ in range(amount):
        if samples and chance.random() < 0.5:
            line = chance.choice(samples)
            # Another digit in place of each: no two lines are the same, as in real logs.
            yield "".join(str(chance.randint(0, 9)) if letter in "123456789" else letter for letter in line)
        else:
            yield _random_line(chance)


def _random_line(chance: random.Random) -> str:
    number, port = chance.randint(1, 99_999), chance.randint(1024, 65_535)
    address = f"10.{chance.randint(0, 255)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
    token, user, host = f"{chance.getrandbits(64):016x}", chance.choice(USERS), chance.choice(HOSTS)
    table, milliseconds = chance.choice(TABLES), chance.randint(1, 4_000)
    messages = (
        f"GET /api/orders/{number} from {address} took {milliseconds} ms status=200 bytes={port}",
        f"POST /api/baskets/{number}/items from {address} took {milliseconds} ms status=201 bytes={port}",
        f"connection accepted from {address}:{port} (fd={number % 900}, ssl=on)",
        f"connection closed by {address}:{port} after {milliseconds / 7:.3f}s, {number} bytes sent",
        f"session {token} opened for user {user} by (uid={number % 50})",
        f"session {token} closed for user {user}",
        f"login failed for user {user} from {address} port {port}: wrong password",
        f"cache miss key=basket:{number}:{user} ttl={milliseconds}s region={host}",
        f"slow query on {table}: {milliseconds} ms, rows={number}, plan={token}",
        f"payment {token} authorised amount={number / 100:.2f} EUR merchant={number % 40}",
        f"payment {token} declined amount={number / 100:.2f} EUR reason=insufficient_funds",
        f"worker {number % 64} picked job mail.send id={token} attempt {number % 4}",
        f"worker {number % 64} finished job mail.send id={token} in {milliseconds} ms",
        f"[pool-{number % 8}] checkpoint complete: wrote {number} buffers ({number % 100}%); sync={milliseconds / 1000} s",
        f"upstream {host} timed out (110: Connection timed out) while reading response header, client: {address}",
        f"uploaded /var/spool/shop/{table}/{token}.csv size {number} kB",
        f"health check of {host}:{port} ok",
        f"retrying request {token} to {host} in {milliseconds} ms ({number % 5} of 5)",
    )
    return messages[chance.randrange(len(messages))]
