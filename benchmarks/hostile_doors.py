"""The attacker at the slow doors of `bench hostile`: members, keys and visitors of one organisation do what takes long.

A process of its own, which prints what it was answered: python -m benchmarks.hostile_doors '{"url": …}'
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

import aiohttp

from benchmarks.hostile_process import Requests
from benchmarks.load import unlimited_session

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
class Doors:
    """What the attackers know: `address` is where they say they come from."""

    url: str
    address: str
    sessions: list[str]
    tokens: list[str]
    slug: str
    collection: str
    source: str
    question_set: str
    seconds: float


class Attackers(Requests):
    def __init__(self, doors: Doors, session: aiohttp.ClientSession) -> None:
        super().__init__(doors.url, doors.seconds, session)
        self.doors, self.longest, self._numbers = doors, dict[str, float](), count(1)

    def next_number(self) -> int:
        return next(self._numbers)

    async def ask(self, door: str, method: str, path: str, **options: Any) -> Any:
        """With the next key, unless the headers say otherwise."""
        begun, token = time.monotonic(), self.doors.tokens[self.next_number() % len(self.doors.tokens)]
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        headers["X-Forwarded-For"] = self.doors.address
        status, body = await self.send(door, method, path, headers=headers, **options)
        self.longest[door] = max(self.longest.get(door, 0.0), time.monotonic() - begun)
        if status in (0, 429, 503):
            # An attacker who is told to wait comes again at once; this much its own machine needs.
            await asyncio.sleep(0.1)
        return body

    async def see(self, door: str, path: str) -> None:
        cookie = self.doors.sessions[self.next_number() % len(self.doors.sessions)]
        await self.ask(door, "GET", path, headers={"Cookie": cookie, "Authorization": ""})


async def search_logs(attackers: Attackers) -> None:
    params = {"text": SEARCH, "last": "7d", "page_size": "500"}
    await attackers.ask("log_search", "GET", "/api/v1/logs/search/", params=params)


async def send_logs(attackers: Attackers) -> None:
    """A record a week, back through the years: every one a day of its own."""
    now = time.time_ns() // 1000
    records = [{"message": "x", "time": (now - number * WEEK_US) // 1_000_000} for number in range(200)]
    path = f"/api/v1/logs/sources/{attackers.doors.source}/records/"
    await attackers.ask("log_batch", "POST", path, json=records)
    await asyncio.sleep(0.5)


async def upload_documents(attackers: Attackers) -> None:
    form = aiohttp.FormData({"collection": attackers.doors.collection})
    number = attackers.next_number()
    form.add_field("file", f"<h1>{number}</h1>".encode() + long_document(), filename=f"long{number}.html")
    await attackers.ask("document", "POST", "/api/v1/documents/", data=form)
    await asyncio.sleep(0.5)


async def translate(attackers: Attackers) -> None:
    form = aiohttp.FormData({"source_language": "en", "target_language": "zh"})
    form.add_field("file", hostile_page(), filename=f"page{attackers.next_number()}.html")
    await attackers.ask("translation", "POST", "/api/v1/translation/translations/", data=form)


async def see_pages(attackers: Attackers) -> None:
    path = PAGES[attackers.next_number() % len(PAGES)]
    await attackers.see(f"page {path.partition('?')[0]}", path.format(year=ATTACKED_YEAR))


async def call_api(attackers: Attackers) -> None:
    path = CALLS[attackers.next_number() % len(CALLS)]
    await attackers.ask(f"call {path.partition('?')[0]}", "GET", path.format(year=ATTACKED_YEAR))


async def import_people(attackers: Attackers) -> None:
    content, root = people(), "/api/v1/marketing/people-imports/"
    tus = {"Tus-Resumable": "1.0.0"}
    name = b64encode(b"people.csv").decode()
    await attackers.ask("people", "GET", root)
    head = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
    made = await attackers.ask("people", "POST", root, headers=tus | head)
    if "id" not in (made or {}):
        return
    part = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    await attackers.ask("people", "PATCH", f"{root}{made['id']}/", headers=tus | part, data=content)
    preview = await attackers.ask("people", "GET", f"{root}{made['id']}/preview/")
    if "mapping" in (preview or {}):
        mapping = {"mapping": preview["mapping"]}
        await attackers.ask("people_start", "POST", f"{root}{made['id']}/start/", json=mapping)


async def evaluate(attackers: Attackers) -> None:
    body = {"question_set": attackers.doors.question_set, "label": "again"}
    await attackers.ask("evaluation", "POST", "/api/v1/translation/evaluation-runs/", json=body)
    await asyncio.sleep(1)


async def sign_in(attackers: Attackers) -> None:
    """Guesses: each costs the hash of a password."""
    headers = {"Authorization": ""}
    await attackers.ask("sign_in", "GET", "/accounts/login/", headers=headers)
    form = {"login": f"nobody{attackers.next_number()}@kongming.example", "password": "a wrong password"}
    await attackers.ask("sign_in", "POST", "/accounts/login/", headers=headers, data=form)


async def visit(attackers: Attackers) -> None:
    body = {"channel": attackers.doors.slug, "message": "How long does delivery take?"}
    headers = {"Authorization": ""}
    await attackers.ask("visitor", "POST", "/api/v1/visitor/conversations/", json=body, headers=headers)
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


async def attack(doors: Doors) -> dict[str, Any]:
    for make in (long_document, hostile_page, people):
        make()
    async with unlimited_session(60) as session:
        attackers = Attackers(doors, session)

        async def again_and_again(door: Callable[[Attackers], Awaitable[None]]) -> None:
            while attackers.is_on:
                await door(attackers)

        at_doors = [door for door, at_once in DOORS.items() for _ in range(at_once)]
        tasks = [asyncio.create_task(again_and_again(door)) for door in at_doors]
        await asyncio.sleep(doors.seconds)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for error in {repr(each) for each in outcomes if isinstance(each, Exception)}:
        sys.stderr.write(f"a door was given up: {error}\n")
    longest = {door: round(seconds, 1) for door, seconds in sorted(attackers.longest.items())}
    return {"doors": dict(sorted(attackers.answers.items())), "doors_longest_s": longest}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(attack(Doors(**json.loads(sys.argv[1]))))))
