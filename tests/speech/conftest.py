from collections.abc import Callable
from io import BytesIO
from typing import Any

import av
import numpy

from tests.conftest import ApiClient

TUS = {"Tus-Resumable": "1.0.0"}
PART = "application/offset+octet-stream"
RATE = 48_000
FRAME_SAMPLES = 960

Tone = Callable[..., bytes]


def tone(container: str = "webm", *, seconds: float = 1.0, hertz: float = 440, is_live: bool = True) -> bytes:
    """A note as a browser's recorder would write it when `is_live`: without a length and without an index."""
    codec, sample_format = {"webm": ("libopus", "flt"), "mp4": ("aac", "fltp"), "wav": ("pcm_s16le", "s16")}[
        container
    ]
    live = {"webm": {"live": "1"}, "mp4": {"movflags": "frag_keyframe+empty_moov+default_base_moof"}}
    written = BytesIO()
    with av.open(
        written, "w", format=container, options=live.get(container, {}) if is_live else {}
    ) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        for begin in range(0, int(seconds * RATE), FRAME_SAMPLES):
            wave = 0.3 * numpy.sin(2 * numpy.pi * hertz * numpy.arange(begin, begin + FRAME_SAMPLES) / RATE)
            samples = (wave * 32767).astype("int16") if sample_format == "s16" else wave.astype("float32")
            frame = av.AudioFrame.from_ndarray(samples[None, :], format=sample_format, layout="mono")
            frame.sample_rate, frame.pts = RATE, begin
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return written.getvalue()


def begin(client: ApiClient, *, length: int | None, **headers: str) -> str:
    """Begins an upload; answers its address."""
    size = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
    answer = client.post("/api/v1/recordings/", headers={**TUS, **size, **headers})
    assert answer.status_code == 201, answer.content
    return answer.headers["Location"]


def send(client: ApiClient, address: str, part: bytes, *, offset: int, **headers: str) -> Any:
    return client.patch(
        address,
        part,
        content_type=PART,
        headers={**TUS, "Content-Type": PART, "Upload-Offset": str(offset), **headers},
    )
