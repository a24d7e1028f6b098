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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import aiohttp
import psutil

from benchmarks import isolated, load
from benchmarks.hostile_attacks import Target, attacking
from benchmarks.isolated import Platform, Shop
from benchmarks.mail_server import PASSWORD, USER, ImapServer, make_certificate, running_imap
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
        poisoned_mailbox(Path(directory)) as (mail_server, settings),
        isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="64", TRUSTED_PROXIES="1", **settings) as platform,
    ):
        victim, other = isolated.open_shop(platform), isolated.open_shop(platform, "neighbour")
        from benchmarks import hostile_flood

        # The first messages make the platform learn and load what it needs for all.
        asyncio.run(_run_phase(platform, other, WARM_UP_SECONDS))
        doors, neighbour = hostile_flood.prepare(platform, victim, other, seconds)
        quiet = asyncio.run(_run_phase(platform, other, seconds))
        quiet_day = asyncio.run(hostile_flood.quiet_day(neighbour, seconds))
        connect_mailbox(mail_server, slug="bench")
        slug = hostile_flood.slug_of(victim)
        target = Target(platform.url, seconds, slug, victim.channel_id, [victim.token])
        with attacking("storm", target) as attack:
            stormy = asyncio.run(_run_phase(platform, other, seconds))
            statuses = Counter(json.loads(attack.communicate(timeout=seconds + 120)[0] or "{}"))
        mails = mail_outcome()
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


MAIL = (
    "From: Vera <vera@home.example>\r\nTo: {to}\r\nMessage-ID: <{id}@home.example>\r\nSubject: {0[0]}\r\n"
    "Content-Type: text/{0[1]}; charset=utf-8\r\n\r\n{0[2]}\r\n"
)
GOOD = "How long does delivery take?"
MAILS = (
    ("cdata", "html", "<![ foo"),
    ("s" * 80_000, "plain", "A long subject"),
    ("tags", "html", "<a <a" * 60_000),
    ("comments", "html", "<!---->" * 20_000),
    ("lines", "plain", "\r\n" * 50_000),
    ("quotes", "plain", "> " * 100_000),
    ("Delivery", "plain", GOOD),
)


@contextmanager
def poisoned_mailbox(directory: Path) -> Iterator[tuple[ImapServer, dict[str, str]]]:
    """Mails that break or hold a parser, and one good one behind them; and the settings that lead there."""
    certificate = make_certificate(directory / "mail.pem")
    tls = ["--cert", str(certificate), "--key", str(certificate)]
    with running_imap(tls, directory / "imap.log") as port:
        server = ImapServer(port, certificate, folder="Poisoned")
        server.create()
        server.deliver(*(MAIL.format(each, to=USER, id=uuid4().hex).encode() for each in MAILS))
        settings = {"PRIVATE_NETWORKS": "127.0.0.0/8", "MAIL_CA_FILE": str(certificate)}
        yield server, settings


def connect_mailbox(server: ImapServer, *, slug: str) -> None:
    """A mail channel of the organisation that reads it from now on."""
    from apps.customer_service.channels.models import Channel
    from apps.customer_service.mail.models import MailAccount
    from benchmarks.organisations import owner

    organisation = owner(slug).organisation
    channel = Channel.objects.create(organisation=organisation, name="Mail", kind=Channel.Kind.MAIL)
    account = MailAccount(
        organisation=organisation, channel=channel, address=USER, user=USER, password=PASSWORD
    )
    account.imap_host = account.smtp_host = "127.0.0.1"
    account.imap_port, account.smtp_port, account.is_encrypted = server.port, 1, False
    account.folder = server.folder
    account.save()


def mail_outcome() -> dict[str, Any]:
    """Whether the good mail behind the poisoned ones became a message."""
    from apps.customer_service.conversations.models import Message

    read = Message.objects.filter(conversation__channel__kind="mail", text__contains=GOOD)
    return {"good_mail_read": read.exists()}
