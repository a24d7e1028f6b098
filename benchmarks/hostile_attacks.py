"""The attackers of `bench hostile`, a process of their own: what they cost the machine is part of the attack, what they wait
for is not measured. They know what members, keys and visitors of one organisation know, and print what they were answered.

python -m benchmarks.hostile_attacks storm '{"url": …}'   in every way at once
python -m benchmarks.hostile_attacks doors '{"url": …}'   what takes long, at every slow door
"""

import asyncio
import io
import json
import socket
import subprocess
import sys
import time
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import count, cycle
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from benchmarks.load import unlimited_session
from stack.layout import PROJECT_ROOT
from stack.tied_process import run_tied

VISITORS = "/api/v1/visitor/conversations/"
SLOW_READERS = 50
FLOOD_MESSAGES = 500
FLOODERS = 20
PAUSE_SECONDS = 0.2
FLOODS = ("\n" * 8000, "<!---->" * 1000, "<a " * 2600, "1" * 8000, "一" * 3900, ". " * 3900, "（" * 3900)
CURSORS = ("99999999999999999999999-1", "²-1", "-1", "1-", "0-0\x00", "9" * 5000, "1-1-1", "NaN")
DEEP_OBJECT = '{"message":' * 20_000 + "1" + "}" * 20_000
NOBODY = {"Authorization": ""}
# As many as held everybody's sign-in up before an organisation had a share.
SEARCHES, TRANSLATIONS = 14, 13
AT_ONCE = 3
YEAR = "from={year}-01-01&to={year}-12-31"
ATTACKED_YEAR = time.gmtime().tm_year
# A text that may stand across the parameters of very many templates.
SEARCH = "1 2 3 4"
WEEK_US = 7 * 86400 * 1_000_000
PAGES = (
    "/audit/export/csv/",
    "/audit/export/xlsx/",
    "/models/calls/export/",
    f"/analytics/?{YEAR}",
    f"/analytics/models/?{YEAR}",
    f"/analytics/value/?{YEAR}",
    f"/conversations/figures/?{YEAR}",
    "/logs/records/export/xlsx/",
    "/logs/records/export/csv/",
    "/logs/records/heat-map/?last=7d",
    "/knowledge/search/?q=tea",
)
CALLS = (
    "/api/v1/inference/calls/export/",
    "/api/v1/audit/export/",
    f"/api/v1/analytics/jobs/series/?{YEAR}&group_by=member",
    f"/api/v1/analytics/models/series/?{YEAR}&group_by=model",
    "/api/v1/logs/histogram/?last=7d",
    "/api/v1/logs/template-counts/?last=7d",
)


@dataclass(frozen=True)
class Target:
    """What the attackers know: `address` is where they say they come from."""

    url: str
    seconds: float
    slug: str
    channel: str
    tokens: list[str]
    address: str = ""
    sessions: list[str] = field(default_factory=list)
    collection: str = ""
    source: str = ""
    question_set: str = ""


def attacking(way: str, target: Target, *before: str) -> "AbstractContextManager[subprocess.Popen[Any]]":
    """It is told all it knows of its target, and prints what it was answered as JSON."""
    command = [*before, sys.executable, "-m", "benchmarks.hostile_attacks", way, json.dumps(asdict(target))]
    return run_tied(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True)


@dataclass
class Attackers:
    """Counts each answer under `<name> <status>`; a refused or ended connection is status 0."""

    target: Target
    session: aiohttp.ClientSession
    answers: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.until = time.monotonic() + self.target.seconds

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self.until

    async def ask(self, name: str, method: str, path: str, **options: Any) -> dict[str, Any]:
        """With the next key, unless the headers say otherwise. What was answered as JSON; {} where it was something else."""
        begun, status, body = time.monotonic(), 0, None
        token = self.target.tokens[next(self.numbers) % len(self.target.tokens)]
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        if self.target.address:
            headers["X-Forwarded-For"] = self.target.address
        try:
            address = f"{self.target.url}{path}"
            async with self.session.request(method, address, headers=headers, **options) as answer:
                status, content = answer.status, await answer.read()
                body = json.loads(content) if answer.content_type == "application/json" else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        self.answers[f"{name} {status}"] += 1
        self.longest[name] = max(self.longest.get(name, 0.0), time.monotonic() - begun)
        if status in (0, 429, 503):
            # An attacker who is told to wait comes again at once; this much its own machine needs.
            await asyncio.sleep(0.1)
        return body or {}

    async def visitor(self) -> tuple[str, dict[str, str]]:
        """A conversation of an anonymous visitor: its address and the header that opens it."""
        body = {"channel": self.target.slug, "message": "Hi"}
        start = await self.ask("start", "POST", VISITORS, json=body, headers=NOBODY)
        return f"{VISITORS}{start['conversation']}", {"Authorization": f"Visitor {start['token']}"}

    async def upload_document(self, attack: str, content: bytes, name: str) -> None:
        collections = await self.ask("list", "GET", "/api/v1/collections/")
        form = aiohttp.FormData({"collection": collections["results"][0]["id"]})
        form.add_field("file", content, filename=name)
        await self.ask(attack, "POST", "/api/v1/documents/", data=form)


async def slow_readers(attackers: Attackers) -> None:
    """Sockets that ask for a large file at a public address and read nothing."""
    address, headers = await attackers.visitor()
    form = aiohttp.FormData()
    form.add_field("file", b"\x89PNG\r\n\x1a\n" + bytes(9 * 2**20), filename="wall.png")
    attachment = await attackers.ask("upload", "POST", f"{address}/attachments/", data=form, headers=headers)
    parts = urlsplit(attackers.target.url)
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
    await asyncio.sleep(attackers.until - time.monotonic())
    for reader in sockets:
        reader.close()
    attackers.answers["slow_readers 0"] += SLOW_READERS


async def slow_bodies(attackers: Attackers) -> None:
    """Requests whose body comes a byte a second."""
    parts = urlsplit(attackers.target.url)
    head = f"POST {VISITORS} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100000\r\n\r\n"
    connections = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(SLOW_READERS)]
    for _, writer in connections:
        writer.write(head.encode())
    while attackers.is_on:
        for _, writer in connections:
            if not writer.is_closing():
                writer.write(b"{")
        await asyncio.sleep(1)
    for _, writer in connections:
        writer.close()


async def pattern_floods(attackers: Attackers) -> None:
    """What looks for something in a text meets long runs of the same."""
    address, headers = await attackers.visitor()
    for number, flood in enumerate(cycle(FLOODS)):
        if not attackers.is_on:
            return
        body = {"text": flood}
        await attackers.ask("flood_text", "POST", f"{address}/messages/", json=body, headers=headers)
        await attackers.upload_document("flood_document", flood.encode() * 10, f"flood{number}.html")
        await asyncio.sleep(1)


async def bombs(attackers: Attackers) -> None:
    """Archives of a few hundred bytes that unpack to hundreds of megabytes."""
    address, headers = await attackers.visitor()
    while attackers.is_on:
        for name in ("mimetype", "word/document.xml"):
            form = aiohttp.FormData()
            form.add_field("file", await asyncio.to_thread(_bomb, name), filename="bomb.docx")
            await attackers.ask("bomb_visitor", "POST", f"{address}/attachments/", data=form, headers=headers)
        bomb = await asyncio.to_thread(_bomb, "word/document.xml")
        await attackers.upload_document("bomb_document", bomb, "bomb.docx")
        await asyncio.sleep(2)


async def cursors(attackers: Attackers) -> None:
    """Cursors and bodies that a parser may believe."""
    address, headers = await attackers.visitor()
    timeout, as_json = aiohttp.ClientTimeout(total=2), {**NOBODY, "Content-Type": "application/json"}
    for cursor in cycle(CURSORS):
        if not attackers.is_on:
            return
        cursor_headers = {**headers, "Last-Event-ID": cursor.replace("\x00", "")}
        await attackers.ask("cursor", "GET", f"{address}/events/", headers=cursor_headers, timeout=timeout)
        page = "/api/v1/jobs/"
        await attackers.ask("page_cursor", "GET", page, params={"cursor": cursor})
        await attackers.ask("nested", "POST", VISITORS, data=DEEP_OBJECT, headers=as_json)
        await asyncio.sleep(PAUSE_SECONDS)


async def flood_messages(attackers: Attackers) -> None:
    """One organisation sends 500 messages at once."""
    numbers = iter(range(FLOOD_MESSAGES))

    async def sender() -> None:
        for number in numbers:
            body = {"channel": attackers.target.channel, "message": f"How long does delivery take? {number}"}
            await attackers.ask("flood", "POST", "/api/v1/conversations/", json=body)

    await asyncio.gather(*(sender() for _ in range(FLOODERS)))


ATTACKS = (slow_readers, slow_bodies, pattern_floods, bombs, cursors, flood_messages)


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


async def search_logs(attackers: Attackers) -> None:
    params = {"text": SEARCH, "last": "7d", "page_size": "500"}
    await attackers.ask("log_search", "GET", "/api/v1/logs/search/", params=params)


async def send_logs(attackers: Attackers) -> None:
    """A record a week, back through the years: every one a day of its own."""
    now = time.time_ns() // 1000
    records = [{"message": "x", "time": (now - number * WEEK_US) // 1_000_000} for number in range(200)]
    path = f"/api/v1/logs/sources/{attackers.target.source}/records/"
    await attackers.ask("log_batch", "POST", path, json=records)
    await asyncio.sleep(0.5)


async def upload_documents(attackers: Attackers) -> None:
    form = aiohttp.FormData({"collection": attackers.target.collection})
    number = next(attackers.numbers)
    form.add_field("file", f"<h1>{number}</h1>".encode() + long_document(), filename=f"long{number}.html")
    await attackers.ask("document", "POST", "/api/v1/documents/", data=form)
    await asyncio.sleep(0.5)


async def translate(attackers: Attackers) -> None:
    form = aiohttp.FormData({"source_language": "en", "target_language": "zh"})
    form.add_field("file", hostile_page(), filename=f"page{next(attackers.numbers)}.html")
    await attackers.ask("translation", "POST", "/api/v1/translation/translations/", data=form)


async def see_pages(attackers: Attackers) -> None:
    path = PAGES[next(attackers.numbers) % len(PAGES)]
    cookie = attackers.target.sessions[next(attackers.numbers) % len(attackers.target.sessions)]
    name, headers = f"page {path.partition('?')[0]}", {**NOBODY, "Cookie": cookie}
    await attackers.ask(name, "GET", path.format(year=ATTACKED_YEAR), headers=headers)


async def call_api(attackers: Attackers) -> None:
    path = CALLS[next(attackers.numbers) % len(CALLS)]
    await attackers.ask(f"call {path.partition('?')[0]}", "GET", path.format(year=ATTACKED_YEAR))


async def import_people(attackers: Attackers) -> None:
    content, root = people(), "/api/v1/marketing/people-imports/"
    tus = {"Tus-Resumable": "1.0.0"}
    name = b64encode(b"people.csv").decode()
    await attackers.ask("people", "GET", root)
    head = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
    made = await attackers.ask("people", "POST", root, headers=tus | head)
    if "id" not in made:
        return
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await attackers.ask("people", "PATCH", f"{root}{made['id']}/", headers=tus | part, data=content)
    preview = await attackers.ask("people", "GET", f"{root}{made['id']}/preview/")
    if "mapping" in preview:
        mapping = {"mapping": preview["mapping"]}
        await attackers.ask("people_start", "POST", f"{root}{made['id']}/start/", json=mapping)


async def evaluate(attackers: Attackers) -> None:
    body = {"question_set": attackers.target.question_set, "label": "again"}
    await attackers.ask("evaluation", "POST", "/api/v1/translation/evaluation-runs/", json=body)
    await asyncio.sleep(1)


async def sign_in(attackers: Attackers) -> None:
    """Guesses: each costs the hash of a password."""
    await attackers.ask("sign_in", "GET", "/accounts/login/", headers=NOBODY)
    form = {"login": f"nobody{next(attackers.numbers)}@kongming.example", "password": "a wrong password"}
    await attackers.ask("sign_in", "POST", "/accounts/login/", headers=NOBODY, data=form)


async def visit(attackers: Attackers) -> None:
    body = {"channel": attackers.target.slug, "message": "How long does delivery take?"}
    await attackers.ask("visitor", "POST", VISITORS, json=body, headers=NOBODY)
    await asyncio.sleep(0.2)


# So many at once go through each.
DOORS: dict[Callable[[Attackers], Awaitable[None]], int] = {
    search_logs: SEARCHES,
    translate: TRANSLATIONS,
    see_pages: 2 * AT_ONCE,
    **dict.fromkeys((import_people, evaluate), 1),
    **dict.fromkeys((call_api, upload_documents, send_logs, sign_in, visit), AT_ONCE),
}


@cache
def long_document() -> bytes:
    return b"".join(b"<p>%d Tea is kept dry, cool and dark, far from spices.</p>" % n for n in range(4000))


@cache
def hostile_page() -> bytes:
    return b"<p>" + b"<a <b " * 60_000 + b"<!--" * 60_000 + b"Tea</p>"


@cache
def people() -> bytes:
    rows = (f"{n},Tea {n},p{n}@tea.example,Wuhan,{n % 97}\n" for n in range(60_000))
    return "".join(("external_id,name,email,city,spent\n", *rows)).encode()


async def storm(attackers: Attackers) -> dict[str, Any]:
    outcomes = await asyncio.gather(*(each(attackers) for each in ATTACKS), return_exceptions=True)
    for each, error in zip(ATTACKS, outcomes, strict=True):
        if isinstance(error, BaseException):
            sys.stderr.write(f"{each.__name__} gave up: {error!r}\n")
    return attackers.answers


async def doors(attackers: Attackers) -> dict[str, Any]:
    async def again_and_again(door: Callable[[Attackers], Awaitable[None]]) -> None:
        while attackers.is_on:
            await door(attackers)

    at_doors = [door for door, at_once in DOORS.items() for _ in range(at_once)]
    tasks = [asyncio.create_task(again_and_again(door)) for door in at_doors]
    await asyncio.sleep(attackers.target.seconds)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for error in {repr(each) for each in outcomes if isinstance(each, Exception)}:
        sys.stderr.write(f"a door was given up: {error}\n")
    longest = {door: round(seconds, 1) for door, seconds in sorted(attackers.longest.items())}
    return {"doors": dict(sorted(attackers.answers.items())), "doors_longest_s": longest}


async def attack(way: str, target: Target) -> dict[str, Any]:
    # Before the attack begins, as what is sent costs time to make.
    for member in ("mimetype", "word/document.xml") if way == "storm" else ():
        _bomb(member)
    for make in (long_document, hostile_page, people) if way == "doors" else ():
        make()
    begin, timeout = (storm, 30) if way == "storm" else (doors, 60)
    async with unlimited_session(timeout) as session:
        return await begin(Attackers(target, session))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(attack(sys.argv[1], Target(**json.loads(sys.argv[2]))))))
