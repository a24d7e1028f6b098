"""Any OpenAI-compatible `/v1/audio/transcriptions`, such as vLLM's."""

import asyncio
import io
import wave
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
import orjson

from llm_backend import chat, errors, event_loop, providers
from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.hallucination_filter import Phrase, Recognition
from llm_backend.speech.transcripts import Word

# OpenAI's own server answers with the name, others with the code.
CODES = {
    "chinese": "zh",
    "english": "en",
    "mandarin": "zh",
    "cantonese": "yue",
    "japanese": "ja",
    "korean": "ko",
}


@dataclass(frozen=True, slots=True)
class TranscriptionEndpoint:
    url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout_seconds: float = 120
    guard: AddressGuard = OPERATORS

    def hear(self, samples: Samples, *, languages: tuple[str, ...], prompt: str) -> Recognition:
        """Servers take one language or find out by themselves: a finding that is not allowed is asked for again."""
        only = languages[0] if len(languages) == 1 else ""
        answer = event_loop.run(self._post(samples, only, prompt))
        language = only or language_code(answer.get("language"))
        if languages and language not in languages:
            language = languages[0]
            answer = event_loop.run(self._post(samples, language, prompt))
        return Recognition(language, _phrases(answer, len(samples) / SAMPLE_RATE))

    async def _post(self, samples: Samples, language: str, prompt: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        try:
            async with (
                asyncio.timeout(self.timeout_seconds),
                chat.session(self.guard).post(
                    chat.api_address(self.url, "audio/transcriptions"),
                    data=_form(self.model, samples, language, prompt),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                if response.status != 200:
                    await chat.raise_for_status(response, providers.preset(providers.DEFAULT))
                return _answer(await response.read())
        except TimeoutError as error:
            raise errors.ModelUnavailable("the speech server did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise chat.connection_error(error) from error


def language_code(language: object) -> str:
    name = str(language or "").lower()
    return CODES.get(name, name)


def _form(model: str, samples: Samples, language: str, prompt: str) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("file", _wave(samples), filename="speech.wav", content_type="audio/wav")
    fields = {"model": model, "language": language, "prompt": prompt}
    for name, value in fields.items():
        if value:
            form.add_field(name, value)
    form.add_field("response_format", "verbose_json")
    form.add_field("temperature", "0")
    for kind in ("word", "segment"):
        form.add_field("timestamp_granularities[]", kind)
    return form


def _wave(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.ModelUnavailable("the speech server sent invalid JSON") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("text"), str):
        raise errors.ModelUnavailable("the speech server's answer has no text")
    return answer


def _phrases(answer: dict[str, Any], seconds: float) -> tuple[Phrase, ...]:
    """Raises ModelUnavailable when segments or words are not what the format says."""
    segments = answer.get("segments") or [{"text": answer["text"], "start": 0.0, "end": seconds}]
    try:
        # Endpoints do not tell how sure they are of a word: each counts as certain.
        words = [
            Word(str(word["word"]).strip(), float(word["start"]), float(word["end"]), 1.0)
            for word in answer.get("words") or ()
        ]
        return tuple(_phrase(segment, words) for segment in segments)
    except (KeyError, TypeError, ValueError) as error:
        raise errors.ModelUnavailable(f"the speech server's segments are malformed: {error!r}") from error


def _phrase(segment: dict[str, Any], words: list[Word]) -> Phrase:
    start, end = float(segment["start"]), float(segment["end"])
    return Phrase(
        text=str(segment["text"]),
        start=start,
        end=end,
        words=tuple(word for word in words if start <= (word.start + word.end) / 2 < end),
        log_probability=float(segment.get("avg_logprob") or 0.0),
    )
