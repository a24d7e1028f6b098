"""A consultation as a browser's recorder sends it: spoken by espeak-ng, in WebM, a part for every second."""

import io
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import cycle
from pathlib import Path

import av
import numpy as np

from llm_backend.speech.audio import SAMPLE_RATE, Recording, Samples, in_file

RATE = 48_000
FRAME_SAMPLES = 960
PAUSE_SECONDS = 0.7
TURNS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["turns"]


@dataclass(frozen=True)
class Consultation:
    """`parts[n]` is what the recorder hands out when second n is over."""

    seconds: float
    parts: tuple[bytes, ...]


def consultation(seconds: float) -> Consultation:
    sound = _speech(seconds)
    parts = tuple(_parts(sound))
    return Consultation(len(sound) / SAMPLE_RATE, parts)


def _speech(seconds: float) -> Samples:
    length, pause = int(seconds * SAMPLE_RATE), np.zeros(int(PAUSE_SECONDS * SAMPLE_RATE), np.float32)
    said, turns = np.zeros(0, np.float32), cycle(TURNS)
    while len(said) < length:
        said = np.concatenate([said, _synthesise(*next(turns)), pause])
    return said[:length]


@cache
def _synthesise(voice: str, text: str) -> Samples:
    with tempfile.TemporaryDirectory(prefix="kongming-bench-") as directory:
        path = Path(directory) / "said.wav"
        espeak(voice, text, path, "-s", "160")
        return np.concatenate(list(Recording(in_file(path), max_seconds=60).blocks()))


def espeak(voice: str, text: str, path: Path, *options: str) -> None:
    try:
        subprocess.run(["espeak-ng", "-v", voice, *options, "-w", str(path), text], check=True)
    except FileNotFoundError as error:
        raise SystemExit("espeak-ng is not installed: install it to measure recordings.") from error


def _parts(sound: Samples) -> Iterator[bytes]:
    """Each second's bytes; the container keeps what belongs to an unfinished cluster, as browsers' do."""
    written = io.BytesIO()
    options = {"live": "1", "cluster_time_limit": "500"}
    with av.open(written, "w", format="webm", options=options) as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        sent = 0
        for number, frame in enumerate(_frames(sound), start=1):
            container.mux(stream.encode(frame))
            if number * FRAME_SAMPLES % RATE == 0:
                yield written.getvalue()[sent:]
                sent = len(written.getvalue())
        container.mux(stream.encode(None))
    yield written.getvalue()[sent:]


def _frames(sound: Samples) -> Iterator[av.AudioFrame]:
    whole = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
    whole.sample_rate, whole.pts, whole.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE, frame_size=FRAME_SAMPLES)
    yield from resampler.resample(whole)
    yield from resampler.resample(None)
