"""OpenAI's own implementation, on torch. Optional: `requirements/openai-whisper.txt`.

Its weights are a .pt file of the user's own, or the embedded default's, put into its model unchanged.
"""

import functools
import json
from pathlib import Path
from typing import Any

from llm_backend.speech import ctranslate2_file, errors
from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.faster_whisper_model import BEAMS, SPEECHLESS_SECONDS
from llm_backend.speech.hallucination_filter import Phrase, Recognition
from llm_backend.speech.transcripts import Word

HEAD_WIDTH = 64  # of every Whisper model
SIDES = ("encoder", "decoder")


@functools.lru_cache(maxsize=1)
def load(path: Path, threads: int) -> "OpenAIWhisper":
    """Loaded once a process; raises SpeechModelMissing, also where the library is not installed."""
    try:
        import torch
        import whisper
    except ImportError as error:
        raise errors.SpeechModelMissing(
            "openai-whisper is not installed: pip install --no-deps --require-hashes -r requirements/openai-whisper.txt"
        ) from error
    torch.set_num_threads(threads)
    if path.is_file():
        return OpenAIWhisper(whisper, whisper.load_model(str(path), device="cpu"))
    return OpenAIWhisper(whisper, _from_ctranslate2(path, torch, whisper))


def _from_ctranslate2(folder: Path, torch: Any, whisper: Any) -> Any:
    if not (folder / "model.bin").is_file():
        raise errors.SpeechModelMissing(f"there is no model.bin in {folder}")
    state = ctranslate2_file.openai_state(ctranslate2_file.read_tensors(folder / "model.bin"))
    model = whisper.model.Whisper(whisper.model.ModelDimensions(**_dimensions(state)))
    missing, _ = model.load_state_dict(
        {name: torch.from_numpy(tensor) for name, tensor in state.items()}, strict=False
    )
    if missing:
        raise errors.SpeechModelMissing(f"{folder} lacks {missing[:3]}")
    heads = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    for layer, head in json.loads((folder / "config.json").read_text())["alignment_heads"]:
        heads[layer, head] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    return model.eval()


def _dimensions(state: ctranslate2_file.Tensors) -> dict[str, int]:
    audio_context, audio_width = state["encoder.positional_embedding"].shape
    text_context, text_width = state["decoder.positional_embedding"].shape
    layers = {
        side: len({n.split(".")[2] for n in state if n.startswith(f"{side}.blocks.")}) for side in SIDES
    }
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": audio_context,
        "n_audio_state": audio_width,
        "n_audio_head": audio_width // HEAD_WIDTH,
        "n_audio_layer": layers["encoder"],
        "n_vocab": len(state["decoder.token_embedding.weight"]),
        "n_text_ctx": text_context,
        "n_text_state": text_width,
        "n_text_head": text_width // HEAD_WIDTH,
        "n_text_layer": layers["decoder"],
    }


class OpenAIWhisper:
    def __init__(self, package: Any, model: Any) -> None:
        self.package = package
        self.model = model

    def hear(self, samples: Samples, *, languages: tuple[str, ...], prompt: str) -> Recognition:
        language = self._language(samples, languages)
        answer = self.model.transcribe(
            samples,
            language=language,
            beam_size=BEAMS,
            temperature=0.0,
            condition_on_previous_text=False,
            initial_prompt=prompt or None,
            word_timestamps=True,
            fp16=False,
            verbose=None,
        )
        end = len(samples) / SAMPLE_RATE - SPEECHLESS_SECONDS
        segments = [
            each for number, each in enumerate(answer["segments"]) if not number or each["start"] < end
        ]
        return Recognition(language, tuple(map(_phrase, segments)))

    def _language(self, samples: Samples, languages: tuple[str, ...]) -> str:
        if len(languages) == 1:
            return languages[0]
        window = self.package.pad_or_trim(samples)
        mel = self.package.log_mel_spectrogram(window, n_mels=self.model.dims.n_mels)
        _, probabilities = self.model.detect_language(mel)
        likeliest: str = max(languages or probabilities, key=lambda code: probabilities.get(code, 0.0))
        return likeliest


def _phrase(segment: dict[str, Any]) -> Phrase:
    return Phrase(
        text=segment["text"],
        start=segment["start"],
        end=segment["end"],
        words=tuple(
            Word(
                word["word"].strip(), float(word["start"]), float(word["end"]), round(word["probability"], 3)
            )
            for word in segment.get("words", ())
        ),
        log_probability=segment["avg_logprob"],
    )
