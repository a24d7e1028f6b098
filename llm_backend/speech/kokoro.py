"""Kokoro-82M on onnxruntime: a text in Chinese, English or both becomes sound in one of its voices.

    Kokoro(Path("models/kokoro-82m"), threads=2).read("茶泡好了。", voice="zf_xiaobei", should_stop=lambda: False)

It takes a row of phonemes and a style: row n of a voice is its style for n phonemes.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from llm_backend.speech import voices
from llm_backend.speech.phonemes import CannotRead, is_chinese, phonemes
from llm_backend.speech.synthesis import MAX_SECONDS, SAMPLE_RATE, Pcm

# A sentence or two; the model reads 510 at most. Fewer take less memory, and between two pieces it can be stopped.
MAX_PHONEMES = 120
STYLES, STYLE_SIZE = 510, 256
# Of the silence before the first and after the last word, as much is left.
MARGIN_SECONDS, SILENCE = 0.05, 0.005
Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reading:
    sound: Pcm
    skipped: str


class Kokoro:
    """Raises FileNotFoundError where `folder` lacks the model, its vocabulary or a voice."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait for one another busily take the processor from whoever is answered meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        model = (folder / "model.onnx").resolve(strict=True)
        self.vocabulary: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._styles = {
            name: np.fromfile(folder / f"{name}.bin", "<f4").reshape(STYLES, 1, STYLE_SIZE)
            for name in (*voices.CHINESE, *voices.ENGLISH)
        }

    def read(self, text: str, *, voice: str, should_stop: Callable[[], bool]) -> Reading:
        """Nothing more is computed once `should_stop`. Raises CannotRead."""
        voice_name = voices.voice(voice, is_chinese=is_chinese(text))
        if voice_name is None:
            names = ", ".join((*voices.CHINESE, *voices.ENGLISH, *voices.OPENAI_NAMES))
            raise CannotRead(f"There is no voice of this name. There are: {names}")
        spoken = phonemes(text, language="zh" if voice_name in voices.CHINESE else "en")
        sounds, samples = list[Sound](), 0
        for piece in pieces(spoken.text):
            if should_stop():
                break
            if ids := [self.vocabulary[each] for each in piece if each in self.vocabulary]:
                sounds.append(self._sound(ids, voice_name))
                samples += len(sounds[-1])
            if samples > MAX_SECONDS * SAMPLE_RATE:
                raise CannotRead(f"The text takes longer than {MAX_SECONDS} s.")
        if not sounds:
            raise CannotRead("Nothing in the text can be read aloud.")
        return Reading(_pcm(np.concatenate(sounds)), spoken.skipped)

    def _sound(self, ids: list[int], voice: str) -> Sound:
        inputs = {
            # The model wants its padding token on either side. A voice has one style for each number of phonemes.
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": self._styles[voice][len(ids) - 1],
            "speed": np.ones(1, np.float32),
        }
        sound: Sound = np.asarray(self._session.run(None, inputs)[0], np.float32).reshape(-1)
        return sound


def pieces(text: str) -> Iterator[str]:
    """Each short enough for the model, cut at the end of a sentence, else of a clause, else of a word."""
    while len(text) > MAX_PHONEMES:
        window = text[:MAX_PHONEMES]
        ends = (max(map(window.rfind, marks)) + 1 for marks in (".!?", ",;:—", " "))
        end = next(filter(None, ends), MAX_PHONEMES)
        yield text[:end].strip()
        text = text[end:].strip()
    if text:
        yield text


def _pcm(sound: Sound) -> Pcm:
    loud = np.flatnonzero(np.abs(sound) > SILENCE)
    if loud.size:
        margin = int(MARGIN_SECONDS * SAMPLE_RATE)
        sound = sound[max(0, loud[0] - margin) : loud[-1] + margin]
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)
