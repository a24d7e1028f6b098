"""All desks at once: visitors and agents, clinicians, translators, log shippers, marketers, managers on every page.

A whole installation with the scripted engine, and people who work through the REST API and the pages at the pace of
people. `errors` are answers that should not have been (5xx, and 4xx other than conflicts and “too many
requests”) and jobs that failed; `stuck` are jobs that do not end within three minutes after everybody went home.
`memory_growth_pct` compares what our processes (web, workers, schedules) hold themselves in the last fifth of the time
with the first fifth after the warm-up: medians of looks every two seconds. `p95_ms` by route.

An own client rather than locust: answers are event streams, people wait for their jobs, and gevent would replace the
sockets of the process that looks into the database.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

import aiohttp
import orjson
import psutil

from benchmarks import isolated
from benchmarks.isolated import Platform
from benchmarks.load import QUESTIONS, Client, unlimited_session
from benchmarks.waiting import percentile

COMMAND = "bench mix"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "40"]
RAMP_SECONDS, LOOK_SECONDS = 10.0, 2.0
# Of somebody else's making, with buffers that are meant to fill: PostgreSQL and Redis have limits of their own.
SERVERS = ("postgres", "redis", "valkey")
SENTENCES = "The tea is picked in spring. It keeps for two years. Shipping takes three days. "
LOG_BATCH = 200
EVENT_TYPES = ("open", "open", "click", "conversion")


def run(
    seconds: float = 600,
    warm_up: Annotated[float, "seconds before memory is compared"] = 90,
    people: Annotated[float, "times as many as two cores are made for"] = 1.0,
    seed: int = 1,
) -> dict[str, Any]:
    with isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="64") as platform:
        shop = isolated.open_shop(platform)
        from benchmarks.mix_house import make_house, settle

        house, cookie = make_house(shop)
        chance = random.Random(seed)
        workers = [
            (person, pause, random.Random(chance.random()))
            for person, count, *pause in PEOPLE
            for _ in range(max(1, round(count * people)))
        ]
        client, megabytes = asyncio.run(_work(platform, house, workers, (shop.token, cookie), seconds))
        for error in client.errors:
            sys.stderr.write(f"{error}\n")
        figures = settle()
        errors, by_route = client.counts.pop("errors", 0), sorted(client.milliseconds.items())
        requests = sum(len(times) for _route, times in by_route)
        return {
            "errors": errors + figures.pop("failed_jobs"),
            **figures,
            "memory_growth_pct": _growth_pct(megabytes, warm_up / seconds),
            "memory_mb": round(megabytes[-1]),
            "requests": requests,
            "requests_per_second": round(requests / seconds, 1),
            **client.counts,
            "p95_ms": {route: round(percentile(times, 95), 1) for route, times in by_route},
        }


async def _work(
    platform: Platform, house: Any, workers: list[Any], keys: tuple[str, str], seconds: float
) -> tuple[Client, list[float]]:
    """`workers`: people with their pause and their chance. `keys`: an API key and the session of a browser."""
    megabytes = list[float]()
    async with unlimited_session(60) as session:
        client = Client(session, platform.url, *keys, time.monotonic() + seconds)

        async def work(person: Any, pause: list[float], chance: random.Random) -> None:
            await asyncio.sleep(chance.uniform(0, RAMP_SECONDS))
            while client.is_open:
                await person(client, house, chance)
                await asyncio.sleep(chance.uniform(*pause))

        async def look() -> None:
            while client.is_open:
                megabytes.append(await asyncio.to_thread(_own_megabytes, platform))
                await asyncio.sleep(LOOK_SECONDS)

        await asyncio.gather(look(), *(work(*each) for each in workers))
    return client, megabytes


def _own_megabytes(platform: Platform) -> float:
    """What would be free if our processes ended: shared pages count for nobody."""
    total = 0
    for pid in platform.installation.pids().values():
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            own = [each for each in family if not each.name().startswith(SERVERS)]
            total += sum(each.memory_full_info().uss for each in own)
    return total / 2**20


def _growth_pct(megabytes: list[float], warm_up_share: float) -> float:
    looks = megabytes[int(len(megabytes) * warm_up_share) :]
    fifth = max(1, len(looks) // 5)
    before, after = statistics.median(looks[:fifth]), statistics.median(looks[-fifth:])
    return round(100 * (after / before - 1), 1)


@dataclass(frozen=True)
class House:
    """What the mix finds there before it begins: ids, and addresses of the pages, in turn and without an end."""

    channel: str
    collection: str
    agent_token: str
    source: str
    template: str
    consultation: str
    experiment: str
    pages: Iterator[str]


Person = Callable[[Client, House, random.Random], Awaitable[None]]


async def visitor(client: Client, house: House, chance: random.Random) -> None:
    """Asks two or three things in a conversation, reading each answer as it is written."""
    body = {"channel": house.channel, "message": chance.choice(QUESTIONS)}
    answer = await client.call("POST", "conversations/", body)
    for _ in range(chance.choice((1, 2))):
        if not answer:
            return
        if answer["job"]:
            await client.read_answer(answer["job"]["id"])
        await asyncio.sleep(chance.uniform(2, 8))
        names = {"conversation": answer["conversation"]["id"]}
        body = {"text": "转人工" if chance.random() < 0.2 else chance.choice(QUESTIONS)}
        answer = await client.call("POST", "conversations/{conversation}/messages/", body, **names)


async def agent(client: Client, house: House, chance: random.Random) -> None:
    """Takes over whoever waits, replies and settles it."""
    token = house.agent_token
    await client.page("/conversations/")
    route = "conversations/?state=open&answered_by=queue&page_size=20"
    waiting = await client.call("GET", route, token=token)
    for row in (waiting or {"results": []})["results"][:3]:
        names, route = {"conversation": row["id"], "token": token}, "conversations/{conversation}/"
        if await client.call("POST", f"{route}take-over/", **names) is None:
            continue
        await asyncio.sleep(chance.uniform(0.5, 2))
        await client.call("POST", f"{route}replies/", {"text": "A person answers."}, **names)
        await client.call("POST", f"{route}resolve/", **names)


async def clinician(client: Client, house: House, chance: random.Random) -> None:
    """Writes down a consultation, waits for its draft and reads it."""
    number = f"{chance.getrandbits(60)}"
    patient = await client.call("POST", "medical/patients/", {"name": f"王{number[:4]}", "number": number})
    if patient is None:
        return
    told = {"template": house.template, "kind": "typed", "text": house.consultation}
    encounter = await client.call("POST", "medical/encounters/", {"patient": patient["id"], **told})
    if encounter:
        names = {"record": encounter["record"]}
        drafting = await client.call("GET", "medical/records/{record}/", **names)
        if drafting and await client.job_end(drafting["record"]["job"]):
            # Signing is for people who gave their password; a key may read what was drafted.
            await client.call("GET", "medical/records/{record}/", **names)
            await client.call("GET", "medical/records/{record}/versions/", **names)


async def translator(client: Client, _house: House, chance: random.Random) -> None:
    """Has a text of a few sentences translated, looks at its segments and writes one anew."""
    text = f"{SENTENCES} Order {next(client.numbers)} of {chance.randrange(10**6)} is on its way."
    body = {"text": text, "source_language": "en", "target_language": "zh"}
    translation = await client.call("POST", "translation/translations/", body)
    if translation and await client.job_end(translation["job"]):
        names = {"translation": translation["id"]}
        segments = await client.call("GET", "translation/translations/{translation}/segments/", **names)
        for segment in (segments or {"results": []})["results"][:1]:
            route, body = "translation/segments/{segment}/", {"target": "茶在春天采摘。"}
            await client.call("PATCH", route, body, segment=segment["id"])


async def log_shipper(client: Client, house: House, chance: random.Random) -> None:
    """A batch of records, now and then with errors among them."""
    shared = {"time": _now(), "level": "error" if chance.random() < 0.1 else "info"}
    lines = []
    for _ in range(LOG_BATCH):
        service = chance.choice(("orders", "stock", "mail"))
        message = f"request {chance.randrange(10**6)} took {chance.randrange(900)} ms"
        lines.append(orjson.dumps({**shared, "service": service, "message": message}).decode())
    route = "logs/sources/{source}/records/"
    await client.call("POST", route, data="\n".join(lines), source=house.source)


async def engineer_on_call(client: Client, house: House, chance: random.Random) -> None:
    """Searches the records of the last hours and looks at incidents."""
    searches = ("search/?last=1h&text=took", "search/?last=15m&level=error", "histogram/?last=1h")
    route = chance.choice((*searches, "incidents/", "templates/", "anomalies/"))
    await client.call("GET", f"logs/{route}")


async def marketer(client: Client, _house: House, chance: random.Random) -> None:
    """A brief, copy for two channels, a check of a text of her own."""
    facts = [{"name": "净含量", "value": f"{chance.randrange(50, 500)} 克"}]
    body: dict[str, Any] = {"product": "岩茶", "language": "zh", "facts": facts}
    brief = await client.call("POST", "marketing/briefs/", body)
    if brief is None:
        return
    body = {"brief": brief["id"], "channels": ["weibo", "sms"], "count": 1}
    request = await client.call("POST", "marketing/copy-requests/", body)
    if request:
        await client.job_end(request["job"])
    own = {"brief": brief["id"], "channel": "weibo", "texts": {"text": "岩茶，慢慢喝。"}}
    await client.call("POST", "marketing/copy/check/", own)
    await client.call("GET", "marketing/copy/")


async def shop_system(client: Client, house: House, chance: random.Random) -> None:
    """Another system: asks who gets which text, and sends what people did with it."""
    body: dict[str, Any] = {"subjects": [f"person-{chance.randrange(5_000)}" for _ in range(20)]}
    route = "marketing/experiments/{experiment}/decisions/"
    decided = await client.call("POST", route, body, experiment=house.experiment)
    events = [
        {
            "exposure": each["exposure"],
            "event_key": f"event-{next(client.numbers)}",
            "type": chance.choice(EVENT_TYPES),
            "happened_at": _now(),
        }
        for each in (decided or {"decisions": []})["decisions"]
    ]
    if events:
        await client.call("POST", "marketing/events/", {"events": events})


async def librarian(client: Client, house: House, chance: random.Random) -> None:
    """Uploads a document, finds it, and takes it out again."""
    number = next(client.numbers)
    text = f"# Notice {number}\n\n{SENTENCES * 20}\n\nNumber {chance.getrandbits(60)}."
    form, named = aiohttp.FormData({"collection": house.collection}), f"notice-{number}.md"
    form.add_field("file", text.encode(), filename=named, content_type="text/markdown")
    document = await client.call("POST", "documents/", data=form)
    await asyncio.sleep(chance.uniform(3, 6))
    await client.call("POST", "search/", {"question": chance.choice(QUESTIONS)})
    if document:
        await client.call("DELETE", "documents/{document}/", document=document["id"])


async def department_head(client: Client, house: House, chance: random.Random) -> None:
    """Opens a page of the menu or a tab of a desk, and now and then asks for the numbers by REST."""
    await client.page(next(house.pages))
    if chance.random() < 0.1:
        await client.call("GET", "analytics/?days=30")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# Who, so many of each for `--people 1`, and the least and the most seconds between two goes.
PEOPLE: tuple[tuple[Person, int, float, float], ...] = (
    (visitor, 16, 2, 10),
    (agent, 3, 1, 4),
    (clinician, 2, 3, 8),
    (translator, 2, 2, 6),
    (engineer_on_call, 2, 1, 4),
    (marketer, 2, 3, 8),
    (department_head, 2, 0.5, 2),
    (log_shipper, 1, 1, 1),
    (shop_system, 1, 0.5, 2),
    (librarian, 1, 3, 6),
)
