"""How fast a document becomes searchable: by its words at once, by its meaning as its passages are embedded.

The whole platform with the embedded e5-small; a document of short sections in two languages comes through the REST API,
while somebody goes on searching. `passages_per_second` is of all the time from the upload to the last vector.
"""

import argparse
import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks import isolated
from benchmarks.isolated import Platform
from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens
from stack.layout import PROJECT_ROOT

PARAGRAPHS = 600
PARAGRAPH_TOKENS = 100
PATIENCE_SECONDS = 900
SECONDS_BETWEEN_LOOKS = 0.25
IDLE_SEARCHES = 40
WORDS = ("cedar", "amber", "violet", "harbour", "meadow", "copper", "lantern", "willow", "granite", "marble")


@dataclass
class Watched:
    """Seconds since the upload began."""

    words: float | None = None
    meaning: float | None = None
    done: float = 0.0
    passages: int = 0
    searches: list[float] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--paragraphs", type=int, default=PARAGRAPHS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    # Without an endpoint of its own the installation starts the embedded server.
    with isolated.platform([], EMBEDDING_ENDPOINT="", EMBEDDING_MODEL="") as platform:
        token = _key(platform)
        return asyncio.run(_ingested(platform, token, options.paragraphs))


def document(paragraphs: int) -> bytes:
    """Sentences of the demo's handbooks, mixed anew for each section, which has a mark and numbers of its own."""
    chance = random.Random(0)
    pools = [list(_sentences(language)) for language in ("en", "zh")]
    return "\n\n".join(_section(number, pools[number % 2], chance) for number in range(paragraphs)).encode()


def mark(number: int) -> str:
    """Words that stand in one section alone."""
    return f"{WORDS[number % len(WORDS)]}{number}"


def _section(number: int, pool: list[str], chance: random.Random) -> str:
    text = f"{mark(number)}."
    while count_tokens(text) < PARAGRAPH_TOKENS:
        sentence = patterns.sub(r"\d+", lambda _: str(chance.randint(2, 900)), chance.choice(pool))
        text = f"{text} {sentence}" if sentence.isascii() else f"{text}{sentence}"
    return f"## {mark(number)}\n\n{text}"


def _sentences(language: str) -> Iterator[str]:
    for line in (PROJECT_ROOT / "demo" / f"handbook.{language}.md").read_text(encoding="utf-8").splitlines():
        if line and line[0] not in "#|":
            yield from (each.text for each in sentences(line))


def _key(platform: Platform) -> str:
    import django

    os.environ.update(platform.installation.environment())
    django.setup()
    from benchmarks.recording_key import make_key

    return make_key()


async def _ingested(platform: Platform, token: str, paragraphs: int) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(platform.url, headers=headers) as session:
        collection = (await _sent(session, "POST", "collections/", json={"name": "Bench"}))["id"]
        idle = [(await _search(session, f"Who picks tea {number}?"))[0] for number in range(IDLE_SEARCHES)]
        form = aiohttp.FormData({"collection": collection})
        form.add_field("file", document(paragraphs), filename="made.md")
        started = time.monotonic()
        uploaded = await _sent(session, "POST", "documents/", data=form)
        accepted = time.monotonic() - started
        watched = await _watched(session, uploaded["id"], mark(paragraphs - 1), started)
    return {
        "passages_per_second": round(watched.passages / watched.done, 2),
        "passages": watched.passages,
        "tokens_per_passage": PARAGRAPH_TOKENS,
        "accepted_s": round(accepted, 2),
        "searchable_by_words_s": _rounded(watched.words),
        "first_by_meaning_s": _rounded(watched.meaning),
        "all_by_meaning_s": _rounded(watched.done),
        "search_p50_ms_idle": _p50_ms(idle),
        "search_p50_ms_meanwhile": _p50_ms(watched.searches),
        "search_max_ms_meanwhile": round(max(watched.searches) * 1000, 1),
    }


async def _watched(session: aiohttp.ClientSession, document_id: str, last: str, started: float) -> Watched:
    """Looks for the last section all the while, each time with another question, until the document is ready."""
    watched = Watched()
    while time.monotonic() - started < PATIENCE_SECONDS:
        took, hits = await _search(session, f"What is said of {last}, question {len(watched.searches)}?")
        watched.searches.append(took)
        now = time.monotonic() - started
        if watched.words is None and any(last in hit["text"] for hit in hits):
            watched.words = now
        if watched.meaning is None and any(hit["similarity"] is not None for hit in hits):
            watched.meaning = now
        shown = await _sent(session, "GET", f"documents/{document_id}/")
        if shown["state"] in ("ready", "failed", "cancelled"):
            break
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    if shown["state"] != "ready":
        raise SystemExit(f"the document was not read: {shown['state']}, {shown['error']}")
    watched.done, watched.passages = time.monotonic() - started, shown["passages_count"]
    return watched


async def _search(session: aiohttp.ClientSession, question: str) -> tuple[float, list[dict[str, Any]]]:
    """How long it took, the question's embedding included, and what was found."""
    started = time.perf_counter()
    found = await _sent(session, "POST", "search/", json={"question": question, "limit": 20})
    return time.perf_counter() - started, found["hits"]


async def _sent(session: aiohttp.ClientSession, method: str, path: str, **content: Any) -> Any:
    async with session.request(method, f"/api/v1/{path}", **content) as answer:
        if not answer.ok:
            raise SystemExit(f"{path}: HTTP {answer.status}, {(await answer.text())[:300]}")
        return await answer.json()


def _p50_ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
