"""What a running engine says about itself: in its log, at /v1/models, /version and /metrics."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from llm_backend import patterns
from llm_backend.engine_metrics import EngineFigures, MetricsUnreadable, read_figures

TIMEOUT_SECONDS = 5.0
# vLLM: `Using FLASHMLA attention backend out of …`, `Using CPU_MLA backend`.
ATTENTION_BACKEND = patterns.compile(
    r"Using (?:AttentionBackendEnum\.)?([A-Z][A-Z0-9_]+) (?:attention )?backend"
)
# vLLM: `GPU KV cache size: 116,496 tokens`.
VLLM_KV_TOKENS = patterns.compile(r"KV cache size: ([\d,]+) tokens")
# llama.cpp: `n_slots = 4, n_ctx_slot = 4096`; each slot has a cache of its own.
LLAMA_SLOTS = patterns.compile(r"n_slots = (\d+), n_ctx_slot = (\d+)")
ERROR_LINE = patterns.compile(r"(?:^|[ )])((?:[A-Za-z_.]*(?:Error|Exception)|error|FATAL)\b: ?\S.*)$")
# vLLM's parent processes repeat that a child has failed and point at it; the child's own line says why.
NO_CAUSE = "root cause"
# Enough for the lines of one start.
LOG_BYTES = 512 * 1024


@dataclass(frozen=True)
class LogFindings:
    attention_backend: str | None = None
    kv_cache_tokens: int | None = None


def read_log(text: str) -> LogFindings:
    """What the last start in `text` says of attention and cache."""
    backends = ATTENTION_BACKEND.findall(text)
    tokens = [int(count.replace(",", "")) for count in VLLM_KV_TOKENS.findall(text)]
    tokens = tokens or [int(slots) * int(context) for slots, context in LLAMA_SLOTS.findall(text)]
    return LogFindings(backends[-1] if backends else None, tokens[-1] if tokens else None)


def last_error(text: str) -> str:
    """The engine's own last word on what went wrong; empty when it names no error."""
    lines = [match[1] for line in text.splitlines() if (match := ERROR_LINE.search(line.rstrip()))]
    causes = [line for line in lines if NO_CAUSE not in line]
    return (causes or lines or [""])[-1][:400]


def log_end(path: Path, *, since: int = 0) -> str:
    """The end of a log, from byte `since` on; from its beginning when it was rotated meanwhile."""
    if not path.exists():
        return ""
    size = path.stat().st_size
    begin = since if since <= size else 0
    with path.open("rb") as file:
        file.seek(max(begin, size - LOG_BYTES))
        return file.read().decode(errors="replace")


@dataclass(frozen=True)
class Engine:
    """A server on this machine."""

    url: str
    """Ends in /v1."""
    key: str

    def version(self) -> str | None:
        answer = self._json(f"{self._root}/version")
        return str(answer["version"]) if answer and "version" in answer else None

    def models(self) -> list[dict[str, Any]]:
        """Each with its `id`; vLLM adds `max_model_len`."""
        answer = self._json(f"{self.url}/models")
        return list(answer.get("data", [])) if answer else []

    def read_metrics(self) -> EngineFigures | None:
        text = self._text(f"{self._root}/metrics")
        try:
            return read_figures(text) if text else None
        except MetricsUnreadable:
            return None

    @property
    def _root(self) -> str:
        return self.url.removesuffix("/v1")

    def _json(self, address: str) -> dict[str, Any] | None:
        text = self._text(address)
        try:
            answer = json.loads(text) if text else None
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None

    def _text(self, address: str) -> str:
        """Empty when the engine has no such page: engines differ in what they tell."""
        request = Request(address, headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                return str(response.read().decode(errors="replace"))
        except (URLError, OSError):
            return ""


def description_lines(engine: Engine, log: str) -> list[str]:
    """One line for each thing the engine says about itself."""
    findings = read_log(log)
    lines = []
    for model in engine.models():
        length = model.get("max_model_len")
        lines.append(f"Model  {model.get('id')}" + (f", {length:,} tokens a conversation" if length else ""))
    if version := engine.version():
        lines.append(f"Version  {version}")
    if findings.attention_backend:
        lines.append(f"Attention backend  {findings.attention_backend}")
    if findings.kv_cache_tokens:
        lines.append(f"KV cache  {findings.kv_cache_tokens:,} tokens")
    return lines
