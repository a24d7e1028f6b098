"""A quick look at a server: does it answer, does it take our key, which models has it, how busy is it.

Costs nothing at any vendor: only lists and figures are read, no model is asked.
"""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict

from llm_backend import chat, engine_metrics, errors
from llm_backend.engine_metrics import EngineFigures, MetricsUnreadable

# A page waits for this look, and a server that is asked whether it lives answers at once or does not.
LOOK_SECONDS = 2.0
# A model list or /metrics; what is longer comes from something that is no engine.
MOST_BYTES = 4 * 1024 * 1024
MOST_MODELS = 20


class ProbeResult(BaseModel):
    """`error_code` is one of `llm_backend.errors`, or empty; `models` is None where no list is offered."""

    model_config = ConfigDict(frozen=True)

    seen_at: float
    answer_ms: int = 0
    error_code: str = ""
    detail: str = ""
    models: list[str] | None = None
    figures: EngineFigures | None = None


async def observe(endpoint: chat.Endpoint) -> ProbeResult:
    """Never raises for the server's fault, and takes LOOK_SECONDS at most."""
    start = time.perf_counter()
    models, figures = await asyncio.gather(_models(endpoint), read_engine(endpoint))
    answer_ms = round((time.perf_counter() - start) * 1000)
    if isinstance(models, errors.ModelError):
        return ProbeResult(
            seen_at=time.time(), error_code=models.code, detail=models.detail[:300], figures=figures
        )
    return ProbeResult(seen_at=time.time(), answer_ms=answer_ms, models=models, figures=figures)


async def read_engine(endpoint: chat.Endpoint) -> EngineFigures | None:
    """None where the provider has no such figures, or the engine was started without them."""
    if not endpoint.provider.has_metrics:
        return None
    try:
        status, body = await _get(engine_metrics.metrics_address(endpoint.url), endpoint)
        return engine_metrics.read_figures(body.decode("utf-8", "replace")) if status == 200 else None
    except (aiohttp.ClientError, OSError, ValueError, MetricsUnreadable):
        return None


async def _models(endpoint: chat.Endpoint) -> list[str] | errors.ModelError | None:
    try:
        status, body = await _get(endpoint.address("models"), endpoint)
    except TimeoutError:
        return errors.ModelTooSlow(f"no answer within {LOOK_SECONDS:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return chat.connection_error(error)
    if status in (401, 403):
        return errors.ModelRefusedKey(f"HTTP {status}")
    if status in (429, 503):
        return errors.ModelOverloaded(f"HTTP {status}")
    if status >= 500:
        return errors.ModelUnavailable(f"HTTP {status}")
    return _names(body) if status == 200 else None


async def _get(address: str, endpoint: chat.Endpoint) -> tuple[int, bytes]:
    async with (
        asyncio.timeout(LOOK_SECONDS),
        chat.session(endpoint.guard).get(
            address, headers=chat.request_headers(endpoint.api_key), allow_redirects=False
        ) as response,
    ):
        body = bytearray()
        async for piece in response.content.iter_any():
            body += piece
            if len(body) > MOST_BYTES:
                break
        return response.status, bytes(body)


def _names(body: bytes) -> list[str] | None:
    try:
        rows: Any = orjson.loads(body)["data"]
        return [str(row["id"]).removeprefix("models/") for row in rows][:MOST_MODELS]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # Some servers answer without a list; then it is unknown what they have.
        return None
