"""Client of any OpenAI-compatible `/v1/embeddings`.

Retrieval models of the e5 family embed questions and passages differently. Our own server is told which it
gets (`input_type`); a foreign server gets the prefixes that its model wants.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import orjson

from llm_backend import chat, errors, providers
from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.decoding import MOST_TOKENS
from llm_backend.providers import Provider

InputType = Literal["query", "passage"]
Vector = list[float]


@dataclass(frozen=True, slots=True)
class EmbeddingEndpoint:
    url: str
    model: str
    api_key: str = field(default="", repr=False)
    provider: Provider = field(default_factory=lambda: providers.preset(providers.DEFAULT))
    query_prefix: str = ""
    passage_prefix: str = ""
    batch_size: int = 32
    timeout_seconds: float = 120
    guard: AddressGuard = OPERATORS

    def prefix(self, input_type: InputType) -> str:
        return self.query_prefix if input_type == "query" else self.passage_prefix


@dataclass(frozen=True, slots=True)
class Embedding:
    """`input_tokens` is 0 where the server does not tell."""

    vectors: list[Vector]
    input_tokens: int


async def embed(endpoint: EmbeddingEndpoint, texts: Sequence[str], input_type: InputType) -> Embedding:
    """One batch after the other: the server works on one at a time anyway, and questions get in between."""
    vectors: list[Vector] = []
    input_tokens = 0
    for start in range(0, len(texts), endpoint.batch_size):
        batch = texts[start : start + endpoint.batch_size]
        answer = await _post(endpoint, batch, input_type)
        vectors += _vectors(answer, len(batch))
        usage = answer.get("usage")
        count = usage.get("prompt_tokens") if isinstance(usage, dict) else 0
        input_tokens += count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0
    return Embedding(vectors, input_tokens)


async def _post(endpoint: EmbeddingEndpoint, texts: Sequence[str], input_type: InputType) -> dict[str, Any]:
    try:
        async with (
            asyncio.timeout(endpoint.timeout_seconds),
            chat.session(endpoint.guard).post(
                chat.api_address(endpoint.url, "embeddings"),
                data=_body(endpoint, texts, input_type),
                headers=chat.request_headers(endpoint.api_key),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
                allow_redirects=False,
            ) as response,
        ):
            if response.status != 200:
                await chat.raise_for_status(response, endpoint.provider)
            answer: dict[str, Any] = orjson.loads(await response.read())
            return answer
    except TimeoutError as error:
        raise errors.ModelTooSlow("the embedding server did not answer in time") from error
    except orjson.JSONDecodeError as error:
        raise errors.ModelUnavailable("the embedding server sent invalid JSON") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise chat.connection_error(error) from error


def _body(endpoint: EmbeddingEndpoint, texts: Sequence[str], input_type: InputType) -> bytes:
    prefix = endpoint.prefix(input_type)
    body: dict[str, Any] = {"model": endpoint.model, "input": [prefix + text for text in texts]}
    if endpoint.provider.takes_input_type:
        body["input_type"] = input_type
    return orjson.dumps(body)


def _vectors(answer: dict[str, Any], count: int) -> list[Vector]:
    try:
        # A server may answer in another order; `index` says which text a vector is of.
        rows = sorted(answer["data"], key=lambda row: row["index"])
        vectors = [row["embedding"] for row in rows]
    except (KeyError, TypeError) as error:
        raise errors.ModelUnavailable("the embedding server's answer has no vectors") from error
    if len(vectors) != count:
        raise errors.ModelUnavailable(f"the embedding server sent {len(vectors)} vectors for {count} texts")
    return vectors
