"""How far the transcript lags behind who speaks, and how soon after the last word the record lies ready."""

import asyncio
import os
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import orjson

from benchmarks import isolated, load
from benchmarks.isolated import Platform
from benchmarks.recorded import Consultation, consultation
from benchmarks.speech_models import models_directory
from benchmarks.waiting import percentile

COMMAND = "bench record"
TUS = {"Tus-Resumable": "1.0.0"}
PART = {**TUS, "Content-Type": "application/offset+octet-stream"}
PATIENCE_SECONDS = 900
EMBEDDED = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"


@dataclass
class WordLags:
    """When each word was first shown, in seconds after the recorder began, against when it was over."""

    began_at: float
    lags: list[float] = field(default_factory=list)
    shown_until: float = 0.0
    done_at: float = 0.0

    def take(self, kind: str, payload: dict[str, Any]) -> None:
        now = time.monotonic() - self.began_at
        if kind == "segment":
            ends = [word["end"] for word in payload["words"] or [payload]]
            self.lags += [now - end for end in ends if end > self.shown_until]
            self.shown_until = max(self.shown_until, payload["end"])
        elif kind == "done":
            self.done_at = now
        elif kind in ("error", "cancelled"):
            raise SystemExit(f"the recording was not written down: {payload}")


def run(
    seconds: Annotated[float, "length of the consultation (default: 300)"] = 300,
    transcript_only: Annotated[bool, "without the language model and the draft"] = False,
) -> dict[str, Any]:
    spoken = consultation(seconds)
    with _platform(is_transcript_only=transcript_only) as platform:
        platform.set_up_application()
        from benchmarks.shop import make_encounter, make_key

        token, encounter = make_key(), "" if transcript_only else make_encounter()
        own = f"/api/v1/medical/encounters/{encounter}/"
        place, events = (f"{own}recording/", f"{own}events/") if encounter else ("/api/v1/recordings/", "")
        followed = asyncio.run(_record(platform, token, spoken, place, events))
        ready_at, model = (
            asyncio.run(_wait_for_draft(platform, token, encounter)) if encounter else (0.0, None)
        )
    lags = sorted(followed.lags)
    if not lags:
        raise SystemExit("no word was shown")
    return {
        "model": model,
        "live_lag_s": round(percentile(lags, 95), 2),
        "live_lag_max_s": round(lags[-1], 2),
        "live_lag_median_s": round(percentile(lags, 50), 2),
        "audio_ratio": _ratio(ready_at - followed.began_at, spoken) if encounter else None,
        "transcript_ratio": _ratio(followed.done_at, spoken),
        "transcript_after_end_s": round(followed.done_at - spoken.seconds, 2),
        "audio_seconds": round(spoken.seconds, 1),
        "words": len(lags),
    }


async def _wait_for_draft(platform: Platform, token: str, encounter: str) -> tuple[float, str]:
    """When the record lies ready for the doctor, and who drafted it: a model's name, or “rules”."""
    path, drafted_at = f"/api/v1/medical/encounters/{encounter}/", time.monotonic()
    until, shown = drafted_at + PATIENCE_SECONDS, {"record_state": "drafting"}
    async with platform.session(token) as session:
        while shown["record_state"] == "drafting" and drafted_at <= until:
            await asyncio.sleep(0.5)
            shown, drafted_at = await load.call(session, "GET", path), time.monotonic()
        if shown["record_state"] != "draft":
            raise SystemExit(f"the record was not drafted: {shown['record_state']}")
        versions = await load.call(session, "GET", f"/api/v1/medical/records/{shown['record']}/versions/")
    return drafted_at, next(each["model_name"] for each in versions if each["kind"] == "model")


def _platform(*, is_transcript_only: bool) -> AbstractContextManager[Platform]:
    settings = {"KONGMING_MODELS_DIR": str(models_directory())}
    if is_transcript_only:
        return isolated.platform([], **settings)
    model = Path(os.environ.get("KONGMING_LLAMA_MODEL") or models_directory() / EMBEDDED)
    return isolated.platform_with_models(model, **settings)


def _ratio(ready_at: float, spoken: Consultation) -> float:
    return round(max(0.0, ready_at - spoken.seconds) / spoken.seconds, 3)


async def _record(platform: Platform, token: str, spoken: Consultation, place: str, events: str) -> WordLags:
    timeout = aiohttp.ClientTimeout(total=spoken.seconds + PATIENCE_SECONDS)
    async with platform.session(token, timeout=timeout) as session:
        async with session.post(place, headers={**TUS, "Upload-Defer-Length": "1"}) as answer:
            answer.raise_for_status()
            address = answer.headers["Location"]
        followed = WordLags(began_at=time.monotonic())
        await asyncio.gather(
            _speak(session, address, spoken, followed), _follow(session, address, events, followed)
        )
    return followed


async def _speak(
    session: aiohttp.ClientSession, address: str, spoken: Consultation, followed: WordLags
) -> None:
    """In real time: what is said in a second is handed out when it is over."""
    offset = 0
    for number, part in enumerate(spoken.parts, start=1):
        over_at = followed.began_at + min(number, spoken.seconds)
        await asyncio.sleep(max(0.0, over_at - time.monotonic()))
        offset = await _send(session, address, part, offset)
    await _send(session, address, b"", offset, **{"Upload-Length": str(offset)})


async def _send(
    session: aiohttp.ClientSession, address: str, part: bytes, offset: int, **headers: str
) -> int:
    sent = {**PART, "Upload-Offset": str(offset), **headers}
    async with session.patch(address, data=part, headers=sent) as answer:
        answer.raise_for_status()
        return int(answer.headers["Upload-Offset"])


async def _follow(session: aiohttp.ClientSession, address: str, events: str, followed: WordLags) -> None:
    job = None
    while job is None:
        await asyncio.sleep(0.2)
        job = (await load.call(session, "GET", address))["job"]
    async with session.get(events or f"/api/v1/jobs/{job}/events/") as stream:
        stream.raise_for_status()
        async for kind, payload in load.sse_events(stream):
            followed.take(kind.decode(), orjson.loads(payload))
