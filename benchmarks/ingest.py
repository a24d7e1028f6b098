"""How fast a document becomes searchable: by its words at once, by its meaning as its passages are embedded.

The whole platform with the embedded e5-small; a document of short sections in two languages comes through the REST API,
while somebody goes on searching. `passages_per_second` is of all the time from the upload to the last vector.
"""

import asyncio
import random
import time
from typing import Any

import aiohttp

from apps.operations.demonstration.material import HANDBOOKS
from benchmarks import isolated, load
from benchmarks.isolated import Platform
from benchmarks.waiting import milliseconds
from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens

COMMAND = "bench ingest"
PARAGRAPHS = 600
PARAGRAPH_TOKENS = 100
PATIENCE_SECONDS = 900
SECONDS_BETWEEN_LOOKS = 0.25
IDLE_SEARCHES = 40
WORDS = ("cedar", "amber", "violet", "harbour", "meadow", "copper", "lantern", "willow", "granite", "marble")


def run(paragraphs: int = PARAGRAPHS) -> dict[str, Any]:
    # Without an endpoint of its own the installation starts the embedded server.
    with isolated.platform([], EMBEDDING_ENDPOINT="", EMBEDDING_MODEL="") as platform:
        platform.set_up_application()
        from benchmarks.shop import make_key

        token = make_key()
        return asyncio.run(_ingest(platform, token, paragraphs))


def document(paragraphs: int) -> bytes:
    """Sentences of the demo's handbooks, mixed anew for each section, which has a mark and numbers of its own."""
    chance = random.Random(0)
    handbooks = [HANDBOOKS[language].read_text(encoding="utf-8").splitlines() for language in ("en", "zh")]
    # Neither headings nor tables: their lines are no sentences.
    prose = [[line for line in lines if line and line[0] not in "#|"] for lines in handbooks]
    pools = [[each.text for line in lines for each in sentences(line)] for lines in prose]
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


async def _ingest(platform: Platform, token: str, paragraphs: int) -> dict[str, Any]:
    async with platform.session(token) as session:
        collection = (await load.call(session, "POST", "/api/v1/collections/", json={"name": "Bench"}))["id"]
        idle = [(await _search(session, f"Who picks tea {number}?"))[0] for number in range(IDLE_SEARCHES)]
        form = aiohttp.FormData({"collection": collection})
        form.add_field("file", document(paragraphs), filename="made.md")
        start = time.monotonic()
        document_row = await load.call(session, "POST", "/api/v1/documents/", data=form)
        accept_seconds = time.monotonic() - start
        figures = await _search_until_ready(session, document_row["id"], mark(paragraphs - 1), start)
    return {
        **figures,
        "tokens_per_passage": PARAGRAPH_TOKENS,
        "accepted_s": round(accept_seconds, 2),
        "search_p50_ms_idle": milliseconds(idle, 50),
    }


async def _search_until_ready(
    session: aiohttp.ClientSession, document_id: str, last: str, start: float
) -> dict[str, Any]:
    """Looks for the last section all the while, each time with another question, until the document is ready."""
    searches, words, meaning = list[float](), None, None
    while time.monotonic() - start < PATIENCE_SECONDS:
        took, hits = await _search(session, f"What is said of {last}, question {len(searches)}?")
        searches.append(took)
        now = round(time.monotonic() - start, 2)
        if words is None and any(last in hit["text"] for hit in hits):
            words = now
        if meaning is None and any(hit["similarity"] is not None for hit in hits):
            meaning = now
        document_row = await load.call(session, "GET", f"/api/v1/documents/{document_id}/")
        if document_row["state"] in ("ready", "failed", "cancelled"):
            break
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    if document_row["state"] != "ready":
        raise SystemExit(f"the document was not read: {document_row['state']}, {document_row['error']}")
    done, passages = time.monotonic() - start, document_row["passages_count"]
    return {
        "passages_per_second": round(passages / done, 2),
        "passages": passages,
        "searchable_by_words_s": words,
        "first_by_meaning_s": meaning,
        "all_by_meaning_s": round(done, 2),
        "search_p50_ms_meanwhile": milliseconds(searches, 50),
        "search_max_ms_meanwhile": round(max(searches) * 1000, 1),
    }


async def _search(session: aiohttp.ClientSession, question: str) -> tuple[float, list[dict[str, Any]]]:
    """How long it took, the question's embedding included, and what was found."""
    start = time.perf_counter()
    answer = await load.call(session, "POST", "/api/v1/search/", json={"question": question, "limit": 20})
    return time.perf_counter() - start, answer["hits"]
