"""Any OpenAI-compatible `/v1/audio/speech`: a text read aloud by a voice of the server's."""

import asyncio
import io
import wave
from dataclasses import dataclass, field

import aiohttp
import numpy as np
import numpy.typing as npt
import orjson
from av import AudioResampler
from av.audio import AudioFrame

from llm_backend import chat, errors, providers
from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.providers import Provider
from llm_backend.speech.audio import Frames, audio_stream, open_container
from llm_backend.speech.errors import AudioUnreadable

# What voices are trained on; a server that speaks at another rate is brought to this one.
SAMPLE_RATE = 24_000
# A few sentences. An answer without an end is nobody's memory.
MAX_SECONDS, MAX_ANSWER_BYTES = 120, 32 * 2**20
READ_BYTES = 256 * 1024
Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SynthesisEndpoint:
    url: str
    model: str
    api_key: str = field(default="", repr=False)
    provider: Provider = field(default_factory=lambda: providers.preset(providers.DEFAULT))
    timeout_seconds: float = 120
    guard: AddressGuard = OPERATORS


async def synthesise(endpoint: SynthesisEndpoint, text: str, *, voice: str) -> Pcm:
    """Mono samples at `SAMPLE_RATE`. Raises the errors of the tree, ModelUnavailable also for what is no sound."""
    body = {"model": endpoint.model, "input": text, "voice": voice, "response_format": "wav"}
    try:
        async with (
            asyncio.timeout(endpoint.timeout_seconds),
            chat.session(endpoint.guard).post(
                chat.api_address(endpoint.url, "audio/speech"),
                data=orjson.dumps(body),
                headers=chat.request_headers(endpoint.api_key),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
                allow_redirects=False,
            ) as response,
        ):
            if response.status != 200:
                await chat.raise_for_status(response, endpoint.provider)
            content = bytearray()
            async for block in response.content.iter_chunked(READ_BYTES):
                content += block
                if len(content) > MAX_ANSWER_BYTES:
                    raise errors.ModelUnavailable("the voice's server sends more than a few sentences take")
    except TimeoutError as error:
        raise errors.ModelTooSlow("the voice's server did not answer in time") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise chat.connection_error(error) from error
    try:
        return await asyncio.to_thread(decode, bytes(content))
    except AudioUnreadable as error:
        raise errors.ModelUnavailable(f"the voice's server sent no sound: {error}") from error


def decode(content: bytes) -> Pcm:
    """The samples of any format that `audio` reads, also where a server ignores the one that was asked for.

    Raises AudioUnreadable, also for what is longer than `MAX_SECONDS`.
    """
    resampler, pieces, count = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE), list[Pcm](), 0
    with open_container(io.BytesIO(content)) as container:
        for frame in Frames(container, audio_stream(container)):
            frame.pts = None
            for piece in map(_samples, resampler.resample(frame)):
                pieces.append(piece)
                count += len(piece)
            if count > MAX_SECONDS * SAMPLE_RATE:
                raise AudioUnreadable(f"longer than {MAX_SECONDS} s")
        if pieces:
            pieces += map(_samples, resampler.resample(None))
    if not count:
        raise AudioUnreadable("the audio track has no sound")
    return np.concatenate(pieces)


def wav(samples: Pcm) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def samples_of_wav(content: bytes) -> Pcm:
    """The samples of what `wav` made."""
    with wave.open(io.BytesIO(content), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def _samples(frame: AudioFrame) -> Pcm:
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)
