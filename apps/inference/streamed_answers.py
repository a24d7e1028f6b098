"""An answer that one chosen endpoint writes while somebody watches, and what is measured of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.inference import calls
from apps.inference.calls import Call, CallUsage
from apps.inference.models import Endpoint
from apps.jobs.runs import JobRun
from llm_backend import chat

# Thoughts are many and short: one event carries what came in this time.
SECONDS_BETWEEN_THOUGHTS = 0.25


@dataclass(frozen=True)
class WatchedQuestion:
    """`prompt_name`, `prompt_hash`: what the ledger calls it."""

    messages: Sequence[chat.Message]
    prompt_name: str
    prompt_hash: str = ""
    temperature: float = 0.2
    max_tokens: int | None = None
    shows_thoughts: bool = True


class StreamedAnswer:
    """One attempt at it. What arrived stays readable when it fails or is cancelled."""

    def __init__(self, run: JobRun, endpoint: Endpoint, question: WatchedQuestion) -> None:
        self._run, self._endpoint, self._question = run, endpoint, question
        self._thoughts = _Thoughts(run)
        request = chat.ChatRequest(question.messages, question.temperature, question.max_tokens)
        self._generation = chat.Generation(endpoint.chat_server(), request, on_delta=self._show)

    @property
    def text(self) -> str:
        return self._generation.so_far().text

    def write(self) -> chat.Completion:
        """Past the breaker: an endpoint is tried when something is wrong, and a refusal of ours would say nothing about
        it. Raises ModelError and JobCancelled.
        """
        question = self._question
        call = Call(
            self._run,
            self._endpoint,
            self._endpoint.purpose,
            question.prompt_name,
            question.prompt_hash,
            asks_breaker=False,
        )
        completion = calls.perform(call, self._generation.run, self._usage)
        self._thoughts.send()
        return completion

    def _usage(self) -> CallUsage:
        so_far = self._generation.so_far()
        return CallUsage(so_far.usage, so_far.first_token_seconds)

    def _show(self, text: str, reasoning: str) -> None:
        if reasoning and self._question.shows_thoughts:
            self._thoughts.take(reasoning)
        if text:
            self._thoughts.send()
            self._run.text(text)


def answer_metrics(endpoint: Endpoint, answer: chat.Completion) -> dict[str, Any]:
    """How fast, how long and how dear it was."""
    first, tokens = answer.first_token_seconds, answer.usage.output_tokens
    read, cached = answer.usage.input_tokens, answer.usage.cached_tokens
    writing_seconds = answer.seconds - (first or 0)
    return {
        "first_token_ms": None if first is None else round(first * 1000),
        "seconds": round(answer.seconds, 2),
        "tokens_per_second": round(tokens / writing_seconds, 1) if writing_seconds > 0 else None,
        "input_tokens": read,
        "output_tokens": tokens,
        "reasoning_tokens": answer.usage.reasoning_tokens,
        "cost": str(endpoint.cost(input_tokens=read, output_tokens=tokens, cached_tokens=cached)),
        "finish_reason": answer.finish_reason,
    }


class _Thoughts:
    """What a thinking model says to itself, in few events. Used on the event loop, and by the run when that is done."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._pieces: list[str] = []
        self._sent_at = 0.0

    def take(self, text: str) -> None:
        self._pieces.append(text)
        if time.monotonic() - self._sent_at >= SECONDS_BETWEEN_THOUGHTS:
            self.send()

    def send(self) -> None:
        if self._pieces:
            self._run.event("thinking", text="".join(self._pieces))
            self._pieces, self._sent_at = [], time.monotonic()
