"""The engine under examination: ways to ask it, and an account of what was used."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from llm_backend import chat, errors
from llm_backend.decoding import Usage

# Room for a model that reasons before it answers.
ANSWER_TOKENS = 512


@dataclass
class Subject:
    """`check_seconds` bounds each check, so that no engine holds the examiner for ever."""

    endpoint: chat.Endpoint
    context_tokens: int
    check_seconds: float = 180
    usage: Usage = field(default_factory=Usage)

    async def ask(self, text: str, **options: Any) -> chat.Completion:
        return await self.complete(self.request(text, **options))

    async def complete(
        self, request: chat.ChatRequest, *, on_delta: chat.OnDelta | None = None
    ) -> chat.Completion:
        """Counts what was used, also when the answer is given up half-way."""
        generation = chat.Generation(self.endpoint, request, on_delta=on_delta)
        try:
            return await generation.run()
        finally:
            self._count(generation.so_far().usage)

    async def whole_answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """One answer that is not streamed, as the server sent it. Raises the errors of the tree."""
        body = self.endpoint.provider.adapt({"model": self.endpoint.model, **body})
        try:
            async with chat.session(self.endpoint.guard).post(
                self.endpoint.address("chat/completions"),
                data=orjson.dumps(body),
                headers=chat.request_headers(self.endpoint.api_key),
                timeout=aiohttp.ClientTimeout(total=self.check_seconds, sock_connect=5),
                allow_redirects=False,
            ) as response:
                if response.status != 200:
                    await chat.raise_for_status(response, self.endpoint.provider)
                answer = orjson.loads(await response.read())
        except orjson.JSONDecodeError as error:
            raise errors.ModelUnavailable("sent an answer that is not JSON") from error
        except (aiohttp.ClientError, OSError) as error:
            raise chat.connection_error(error) from error
        if not isinstance(answer, dict):
            raise errors.ModelUnavailable("sent an answer that is no object")
        counts = answer.get("usage") or {}
        self._count(Usage(counts.get("prompt_tokens") or 0, counts.get("completion_tokens") or 0))
        return answer

    @staticmethod
    def request(text: str, **options: Any) -> chat.ChatRequest:
        options = {"temperature": 0, "max_tokens": ANSWER_TOKENS, **options}
        return chat.ChatRequest([{"role": "user", "content": text}], **options)

    def _count(self, usage: Usage) -> None:
        so_far = self.usage
        self.usage = Usage(
            so_far.input_tokens + usage.input_tokens,
            so_far.output_tokens + usage.output_tokens,
            so_far.reasoning_tokens + usage.reasoning_tokens,
            is_estimated=so_far.is_estimated or usage.is_estimated,
        )


async def stop_at_first_word(subject: Subject, text: str) -> bool:
    """Cancels an answer as soon as it begins. False when it ended before that."""
    begun = asyncio.Event()
    request = subject.request(text, max_tokens=2000)
    answer = asyncio.create_task(subject.complete(request, on_delta=lambda *_: begun.set()))
    first_word = asyncio.create_task(begun.wait())
    try:
        await asyncio.wait({answer, first_word}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            answer.result()
            return False
    finally:
        first_word.cancel()
        answer.cancel()
        await asyncio.gather(answer, return_exceptions=True)
    return True
