"""How long a visitor waits: from the question to what is read and to the first word, after a start and later.

Everything `./kongming up` starts, with the embedded models, on a machine that does nothing else. Each question is asked
once, so that nothing remembered answers.
"""

import asyncio
import time
from typing import Annotated, Any

import aiohttp
import numpy as np

from benchmarks import engines, isolated, load
from benchmarks.isolated import Platform, Shop

COMMAND = "bench first_answer"
COLD, *WARM = load.QUESTIONS
ANSWER_SECONDS = 300


def run(starts: Annotated[int, "how often a platform is started anew"] = 2) -> dict[str, Any]:
    weights = engines.embedded_weights()
    cold, warm = [], []
    for _ in range(starts):
        with isolated.platform_with_models(weights) as platform:
            shop = isolated.open_shop(platform)
            first, *later = asyncio.run(_ask_all(platform, shop))
            cold.append(first)
            warm += later
    (cold_evidence, cold_first), (evidence, warm_first) = (np.median(each, axis=0) for each in (cold, warm))
    return {
        "cold_first_token_s": round(float(cold_first), 2),
        "warm_first_token_s": round(float(warm_first), 2),
        "cold_over_warm": round(float(cold_first / warm_first), 2),
        "evidence_ms": round(1000 * evidence),
        "evidence_ms_longest": round(1000 * max(seconds for seconds, _ in warm)),
        "evidence_ms_cold": round(1000 * cold_evidence),
        "questions": len(cold) + len(warm),
    }


async def _ask_all(platform: Platform, shop: Shop) -> list[tuple[float, float]]:
    """One after the other: seconds until the evidence and until the first word of each."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with platform.session(shop.token, timeout=timeout) as session:
        return [await _ask(session, shop, question) for question in (COLD, *WARM)]


async def _ask(session: aiohttp.ClientSession, shop: Shop, question: str) -> tuple[float, float]:
    seconds_of: dict[bytes, float] = {}
    start, end, said = time.perf_counter(), b"", b""
    job = await load.ask_question(session, shop.channel_id, question)
    async with session.get(f"/api/v1/jobs/{job}/events/") as answer:
        async for kind, value in load.sse_events(answer):
            seconds_of.setdefault(kind, time.perf_counter() - start)
            if kind in load.ENDS:
                end, said = kind, value
                break
    if end != b"done" or b"evidence" not in seconds_of:
        raise RuntimeError(f"“{question}” was not answered from the documents: {said.decode()[:300]}")
    return seconds_of[b"evidence"], seconds_of[b"delta"]
