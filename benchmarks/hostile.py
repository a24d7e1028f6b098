"""Attacks an installation in every way at once, while another organisation's customers go on chatting.

First the customers chat undisturbed, then again while a process of its own attacks: both figures are of the same
machine, the same client and the same engine. In the same way its members go about their day, undisturbed and while the
organisation that attacks floods every slow door (`benchmarks.hostile_flood`).
"""

import asyncio
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import psutil

from benchmarks import hostile_flood, hostile_mail, isolated, load
from benchmarks.hostile_attacks import Target
from benchmarks.hostile_process import attacking
from benchmarks.isolated import Platform, Shop
from benchmarks.waiting import percentile

COMMAND = "bench hostile"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "64"]
TOKENS = 64
CUSTOMERS = 4
WARM_UP_SECONDS = 10.0
LOOK_SECONDS = 0.1


def run(seconds: Annotated[float, "how long each of the four phases lasts"] = 20) -> dict[str, Any]:
    """Latencies in milliseconds, memory in MB. `other_ttft_added_ms` compares the 95th percentiles of first tokens."""
    with (
        tempfile.TemporaryDirectory() as directory,
        hostile_mail.poisoned_mailbox(Path(directory)) as mailbox,
        isolated.platform(
            ENGINE, LLM_MAX_CONCURRENCY="64", **mailbox.settings, **hostile_flood.SETTINGS
        ) as platform,
    ):
        victim, other = isolated.open_shop(platform), isolated.open_shop(platform, "neighbour")
        # The first messages make the platform learn and load what it needs for all.
        asyncio.run(_run_phase(platform, other, WARM_UP_SECONDS))
        doors, neighbour = hostile_flood.prepare(platform, victim, other, seconds)
        quiet = asyncio.run(_run_phase(platform, other, seconds))
        quiet_day = asyncio.run(hostile_flood.quiet_day(neighbour, seconds))
        hostile_mail.connect(mailbox, slug="bench")
        with attacking("hostile_attacks", _target(platform, victim, seconds)) as attack:
            stormy = asyncio.run(_run_phase(platform, other, seconds))
            statuses = Counter(json.loads(attack.communicate(timeout=seconds + 120)[0] or "{}"))
        mails = hostile_mail.outcome()
        flooded_day, attacked = asyncio.run(hostile_flood.flooded_day(neighbour, doors))
    figures = _figures(quiet, stormy, statuses) | mails
    return figures | hostile_flood.comparison(quiet_day, flooded_day, attacked)


@dataclass
class Watch:
    """What was seen of the platform in one phase."""

    conversations: list[load.Conversation] = field(default_factory=list)
    health_ms: list[float] = field(default_factory=list)
    health_failures: int = 0
    memory_mb: list[float] = field(default_factory=list)

    @property
    def first_tokens_ms(self) -> list[float]:
        return [each.first_token_seconds * 1000 for each in self.conversations if each.arrivals]


async def _run_phase(platform: Platform, shop: Shop, seconds: float) -> Watch:
    watch, until = Watch(), time.monotonic() + seconds
    ask = load.through_platform(platform.url, shop.token, shop.channel_id)
    chatting = load.closed_loop(ask, parallel=CUSTOMERS, tokens=TOKENS, seconds=seconds, ramp=0)
    watch.conversations, *_ = await asyncio.gather(
        chatting, _look_at_health(platform, watch, until), _weigh(platform, watch, until)
    )
    return watch


async def _look_at_health(platform: Platform, watch: Watch, until: float) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        while time.monotonic() < until:
            begun = time.perf_counter()
            try:
                async with session.get(f"{platform.url}/healthz") as answer:
                    await answer.read()
                    watch.health_failures += answer.status != 200
            except (aiohttp.ClientError, TimeoutError):
                watch.health_failures += 1
            watch.health_ms.append((time.perf_counter() - begun) * 1000)
            await asyncio.sleep(LOOK_SECONDS)


async def _weigh(platform: Platform, watch: Watch, until: float) -> None:
    """The web process with its children."""
    while time.monotonic() < until:
        web = psutil.Process(platform.installation.pids()["web"])
        family = [web, *web.children(recursive=True)]
        watch.memory_mb.append(sum(each.memory_info().rss for each in family) / 2**20)
        await asyncio.sleep(1)


def _target(platform: Platform, shop: Shop, seconds: float) -> Target:
    from apps.customer_service.channels.models import Channel

    slug = Channel.objects.values_list("slug", flat=True).get(pk=shop.channel_id)
    return Target(platform.url, shop.channel_id, shop.token, slug, seconds)


def _figures(quiet: Watch, stormy: Watch, statuses: Counter[str]) -> dict[str, Any]:
    added = percentile(stormy.first_tokens_ms, 95) - percentile(quiet.first_tokens_ms, 95)
    is_error = {name: name.rpartition(" ")[2].startswith("5") for name in statuses}
    return {
        "healthz_max_ms": round(max(stormy.health_ms), 1),
        "healthz_failures": stormy.health_failures,
        "healthz_quiet_max_ms": round(max(quiet.health_ms), 1),
        "other_ttft_added_ms": round(added, 1),
        "other_conversations": len(stormy.conversations),
        "other_conversations_quiet": len(quiet.conversations),
        "other_lost": sum(bool(each.error or each.lost) for each in stormy.conversations),
        "web_memory_growth_mb": round(max(stormy.memory_mb) - max(quiet.memory_mb), 1),
        "errors_5xx": sum(count for name, count in statuses.items() if is_error[name]),
        "attacks": dict(sorted(statuses.items())),
    }
