"""Sounds that tests make themselves: tones, noise, silence, and sentences spoken by espeak-ng."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
Sound = npt.NDArray[np.float32]
CODECS = {
    "wav": "pcm_s16le",
    "mp3": "libmp3lame",
    "m4a": "aac",
    "ogg": "libopus",
    "webm": "libopus",
    "flac": "flac",
}


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE), np.float32)


def noise(seconds: float, *, loudness: float = 0.1) -> Sound:
    return (loudness * np.random.default_rng(1).standard_normal(int(seconds * RATE))).astype(np.float32)


def music(seconds: float) -> Sound:
    """Chords of plucked strings, each half a second."""
    time = np.arange(int(seconds * RATE)) / RATE
    beat = time % 0.5
    roots = 220 * 2 ** (np.array([0, 5, 7, 5])[(time / 0.5).astype(int) % 4] / 12)
    chord = sum(np.sin(2 * np.pi * roots * ratio * time) for ratio in (1, 1.25, 1.5, 2))
    return (0.15 * chord * np.exp(-4 * beat)).astype(np.float32)


def spoken(text: str, directory: Path, *, voice: str = "en-us") -> Sound:
    """Needs espeak-ng."""
    target = directory / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(target), text], check=True)
    with av.open(str(target)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.float32)


def save(
    sound: Sound, path: Path, *, form: str = "", with_picture: bool = False, is_live: bool = False
) -> Path:
    """`form` is what the file really is, when that is not what its name says. `is_live`: without length and index."""
    kind = form or path.suffix.removeprefix(".")
    names = {"m4a": "mp4", "mkv": "matroska"}
    options = {"live": "1"} if is_live else {}
    with av.open(str(path), "w", format=names.get(kind, kind), options=options) as container:
        picture = container.add_stream("mpeg4", rate=5) if with_picture else None
        stream = container.add_stream(
            CODECS.get(kind, "aac"), rate=48_000 if kind in ("ogg", "webm") else RATE
        )
        stream.layout = "mono"
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
            for number in range(5):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
                frame.pts = number
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        _encode(sound, stream, container)
    return path


def _encode(sound: Sound, stream: av.AudioStream, container: av.container.OutputContainer) -> None:
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    resampler = av.AudioResampler(
        format=stream.format.name, layout="mono", rate=stream.rate, frame_size=stream.frame_size or 1024
    )
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(stream.encode(piece))
    container.mux(stream.encode(None))
