"""The second part of `bench hostile`: one organisation floods every slow door while another goes about its day.

`flooded_p95_ratio`: the p95 of the other organisation's pages and calls under the flood, by that of a quiet time just
before, on the same machine with the same client. `worker_memory_mb`: the largest process of a worker with its children.
"""

import asyncio
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from string import ascii_lowercase
from typing import Any

import aiohttp
import psutil
from django.conf import settings
from django.db import connection

from apps.accounts import services as accounts
from apps.accounts.models import Membership, User
from apps.customer_service.channels.models import Channel
from apps.dashboards.rollups import services as rollups
from apps.evaluation.models import EvaluationQuestion
from apps.knowledge.models import Collection
from apps.log_analysis.sources.models import LogSource
from benchmarks import load
from benchmarks.hostile_attacks import Target, attacking
from benchmarks.isolated import Platform, Shop
from benchmarks.organisations import owner, session_of
from benchmarks.waiting import percentile

# Addresses as a proxy would report them: those of the flood, and of the other organisation.
FLOOD_ADDRESS, OTHER_ADDRESS = "203.0.113.7", "198.51.100.9"
PEOPLE, KEYS, CALLS, SENTENCES, TEMPLATES = 3, 3, 40_000, 40, 3_000
QUESTION_SET = "en-zh"
CUSTOMERS, PAUSE_SECONDS, FIRST_SECONDS = 2, 0.1, 5.0
READY_SECONDS = 60.0
PAGES = ("/", "/conversations/", "/jobs/", "/knowledge/")
ENDPOINTS = ("/api/v1/conversations/", "/api/v1/jobs/", "/api/v1/documents/")
REQUESTS = Path(__file__).with_name("hostile_calls.sql").read_text(encoding="utf-8")


@dataclass
class Day:
    """What the other organisation saw. Milliseconds; seconds from the upload of a document until it can be found."""

    requests_ms: dict[str, list[float]] = field(default_factory=dict)
    ready_s: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def all_ms(self) -> list[float]:
        return [each for times in self.requests_ms.values() for each in times]


@dataclass
class Neighbour:
    """Members and a key of the organisation that is not attacked."""

    platform: Platform
    shop: Shop
    email: str
    password: str
    collection: str
    day: Day = field(default_factory=Day)

    async def live(self, seconds: float) -> Day:
        self.day, until = Day(), time.monotonic() + seconds
        rounds = (self._go_round(until) for _ in range(CUSTOMERS))
        await asyncio.gather(*rounds, self._upload_documents(until))
        return self.day

    async def _go_round(self, until: float) -> None:
        jar, timeout = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(self.platform.url, cookie_jar=jar, timeout=timeout) as browser:
            while time.monotonic() < until:
                browser.cookie_jar.clear()
                await self._ask(browser, "sign-in page", "GET", "/accounts/login/")
                form = {"login": self.email, "password": self.password}
                # Django takes the cookie's own value for the form's.
                form["csrfmiddlewaretoken"] = "".join(cookie.value for cookie in jar if "csrf" in cookie.key)
                await self._ask(browser, "sign-in", "POST", "/accounts/login/", data=form)
                for path in PAGES:
                    await self._ask(browser, path, "GET", path)
                browser.cookie_jar.clear()
                for path in ENDPOINTS:
                    await self._ask(browser, path, "GET", path, **self._key)
                question = {"channel": self.shop.channel_id, "message": "How long does delivery take?"}
                path = "/api/v1/conversations/"
                await self._ask(browser, "question", "POST", path, json=question, **self._key)

    async def _upload_documents(self, until: float) -> None:
        async with aiohttp.ClientSession(self.platform.url) as session:
            for number in count(1):
                if time.monotonic() > until:
                    return
                form = aiohttp.FormData({"collection": self.collection})
                form.add_field("file", f"# Note {number}\n\nTea is kept dry.".encode(), filename="note.md")
                begun = time.monotonic()
                path = "/api/v1/documents/"
                if answer := await self._ask(session, "upload", "POST", path, data=form, **self._key):
                    await self._wait_until_read(session, json.loads(answer)["id"], begun)
                await asyncio.sleep(1)

    async def _wait_until_read(self, session: aiohttp.ClientSession, document_id: str, begun: float) -> None:
        path = f"/api/v1/documents/{document_id}/"
        while time.monotonic() < begun + READY_SECONDS:
            state = json.loads(await self._ask(session, "document", "GET", path, **self._key) or "{}")
            if state.get("state") in ("ready", "failed"):
                break
            await asyncio.sleep(0.2)
        self.day.ready_s.append(time.monotonic() - begun)

    @property
    def _key(self) -> dict[str, Any]:
        return {"headers": {"Authorization": f"Bearer {self.shop.token}"}}

    async def _ask(
        self, session: aiohttp.ClientSession, name: str, method: str, path: str, **options: Any
    ) -> str:
        """The answer's text; empty where it was refused."""
        headers = {**options.pop("headers", {}), "X-Forwarded-For": OTHER_ADDRESS}
        headers["Referer"] = self.platform.url
        begun = time.perf_counter()
        try:
            async with session.request(method, path, headers=headers, **options) as answer:
                text, is_taken = await answer.text(), answer.ok
        except (aiohttp.ClientError, TimeoutError):
            text, is_taken = "", False
        self.day.requests_ms.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        self.day.refused += not is_taken
        await asyncio.sleep(PAUSE_SECONDS)
        return text if is_taken else ""


def prepare(platform: Platform, victim: Shop, other: Shop, seconds: float) -> tuple[Target, Neighbour]:
    """What takes long in the organisation that attacks, and people of the other one."""
    doors = _make_doors(platform, victim, seconds)
    asyncio.run(_send_many_templates(doors))
    return doors, Neighbour(platform, other, *_set_up_neighbour())


async def quiet_day(neighbour: Neighbour, seconds: float) -> Day:
    await neighbour.live(FIRST_SECONDS)
    return await neighbour.live(seconds)


async def flooded_day(neighbour: Neighbour, doors: Target) -> tuple[Day, dict[str, Any]]:
    """With what the attackers were answered, and what the workers took of the memory."""
    largest: dict[str, Any] = {"worker_memory_mb": 0.0, "largest_worker": ""}
    weighing = asyncio.create_task(_weigh_workers(neighbour.platform, largest))
    # They step back for the platform: a real attacker sits elsewhere.
    with attacking("doors", doors, "nice", "-n", "15") as attack:
        day = await neighbour.live(doors.seconds)
        output = await asyncio.to_thread(attack.communicate, timeout=120)
    weighing.cancel()
    return day, largest | json.loads(output[0] or "{}")


async def _send_many_templates(doors: Target) -> None:
    """Lines that have nothing in common but numbers: a text of numbers may stand in each of them in many ways."""
    random = Random(7)

    def word() -> str:
        letters = "".join(random.choices(ascii_lowercase, k=9))
        return f"{letters} {random.randrange(99)} {random.randrange(99)}"

    lines = [" ".join(word() for _ in range(random.randrange(3, 9))) for _line in range(TEMPLATES)]
    headers = {"Authorization": f"Bearer {doors.tokens[0]}", "Content-Type": "text/plain"}
    path = f"/api/v1/logs/sources/{doors.source}/records/"
    async with aiohttp.ClientSession(doors.url, headers=headers) as session:
        await load.call(session, "POST", path, data="\n".join(lines).encode())


def _make_doors(platform: Platform, victim: Shop, seconds: float) -> Target:
    actor = owner()
    organisation, sessions = actor.organisation, []
    for number in range(PEOPLE):
        user = User.objects.create_user(f"flood{number}@kongming.example", None, name=f"Flood {number}")
        Membership.objects.create(organisation=organisation, user=user, role="owner")
        sessions.append(f"{settings.SESSION_COOKIE_NAME}={session_of(user)}")
    scopes = sorted(actor.permissions)
    tokens = [accounts.create_api_key(actor, name=f"flood {n}", scopes=scopes).token for n in range(KEYS)]
    source = LogSource.objects.create(organisation=organisation, name="Flood", kind=LogSource.Transport.HTTP)
    of_set = {"organisation": organisation, "desk": "translation", "question_set": QUESTION_SET}
    of_set |= {"expected": {"reference": "茶要保持干燥。"}}
    texts = (f"Tea number {number} is kept dry." for number in range(SENTENCES))
    EvaluationQuestion.objects.bulk_create(EvaluationQuestion(**of_set, text=each) for each in texts)
    with connection.cursor() as cursor:
        cursor.execute(REQUESTS, [organisation.pk, CALLS])
        cursor.execute("ANALYZE inference_inferencecall")
    rollups.roll_up(seconds=20)
    collection = Collection.objects.within(organisation).first()
    known = {
        "address": FLOOD_ADDRESS,
        "collection": str(collection and collection.pk),
        "source": str(source.pk),
    }
    told: dict[str, Any] = {**known, "sessions": sessions, "question_set": QUESTION_SET}
    return Target(platform.url, seconds, slug_of(victim), victim.channel_id, tokens, **told)


def slug_of(shop: Shop) -> str:
    return Channel.objects.values_list("slug", flat=True).get(pk=shop.channel_id)


def _set_up_neighbour() -> tuple[str, str, str]:
    """What they sign in with, and the id of a collection."""
    user, password = User.objects.get(email="neighbour@kongming.example"), secrets.token_urlsafe(12)
    user.set_password(password)
    user.save()
    collection = Collection.objects.filter(organisation__slug="neighbour").earliest("pk")
    return user.email, password, str(collection.pk)


async def _weigh_workers(platform: Platform, largest: dict[str, Any]) -> None:
    """What the processes of the workers take, each with its children, again and again."""
    workers = {name: pid for name, pid in platform.installation.pids().items() if name.startswith("worker-")}
    while True:
        for name, pid in workers.items():
            megabytes = await asyncio.to_thread(_largest_megabytes, pid)
            if megabytes > largest["worker_memory_mb"]:
                largest |= {"worker_memory_mb": round(megabytes), "largest_worker": name}
        await asyncio.sleep(0.5)


def _largest_megabytes(pid: int) -> float:
    """Of a pool each process is weighed with what it started; the one that only watches over them is not its parent."""
    top, members, largest = psutil.Process(pid), list[psutil.Process](), 0.0
    for child in top.children():
        # Any of them may have ended meanwhile.
        with suppress(psutil.Error):
            members += [child] if "celery" in " ".join(child.cmdline()) else []
    for member in members or [top]:
        with suppress(psutil.Error):
            family = [member, *member.children(recursive=True)]
            largest = max(largest, sum(each.memory_info().rss for each in family) / 2**20)
    return largest


def comparison(quiet: Day, flooded: Day, attack: dict[str, Any]) -> dict[str, Any]:
    before, after = percentile(quiet.all_ms, 95), percentile(flooded.all_ms, 95)
    figures: dict[str, Any] = {"flooded_p95_ratio": round(after / before, 2)}
    for name, day in (("flooded", flooded), ("unflooded", quiet)):
        figures[f"{name}_p95_ms"] = round(percentile(day.all_ms, 95), 1)
        figures |= {f"{name}_requests": len(day.all_ms), f"{name}_refused": day.refused}
        figures[f"{name}_ready_p95_s"] = round(percentile(day.ready_s, 95), 2)
    return {
        **figures,
        "flooded_documents": len(flooded.ready_s),
        "flooded_by_request_ms": {
            name: [round(percentile(quiet.requests_ms.get(name, [0.0]), 95)), round(percentile(times, 95))]
            for name, times in sorted(flooded.requests_ms.items())
        },
    } | attack
