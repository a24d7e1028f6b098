"""Which model listens: chosen by the settings."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.speech import errors
from llm_backend.speech.chunked import ChunkedTranscriber
from llm_backend.speech.hallucination_filter import SpeechModel
from llm_backend.speech.transcription import Transcriber

Engine = Literal["faster-whisper", "openai-whisper", "endpoint"]


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """`model` is a folder or a .pt file, or a name inside `models_directory`, or the endpoint's own name for it."""

    engine: Engine = "faster-whisper"
    model: str = "whisper-base"
    models_directory: Path = Path("models")
    threads: int = 2
    max_seconds: float = 4 * 3600
    endpoint_url: str = ""
    api_key: str = field(default="", repr=False)
    guard: AddressGuard = OPERATORS


def transcriber(settings: SpeechSettings) -> Transcriber:
    """The model is loaded at the first speech, and then stays for as long as the process lives.

    Its `transcribe` raises SpeechModelMissing when there is no such model."""
    return ChunkedTranscriber(partial(_model, settings), settings.max_seconds)


def _model(settings: SpeechSettings) -> SpeechModel:
    match settings.engine:
        case "faster-whisper":
            from llm_backend.speech import faster_whisper_model

            return faster_whisper_model.load(model_path(settings), settings.threads)
        case "openai-whisper":
            from llm_backend.speech import openai_whisper_model

            return openai_whisper_model.load(model_path(settings), settings.threads)
        case "endpoint":
            from llm_backend.speech import endpoint_model

            return endpoint_model.TranscriptionEndpoint(
                settings.endpoint_url, settings.model, settings.api_key, guard=settings.guard
            )


def model_path(settings: SpeechSettings) -> Path:
    """Raises SpeechModelMissing."""
    # An absolute path stays itself.
    path = settings.models_directory / Path(settings.model).expanduser()
    if not path.exists():
        raise errors.SpeechModelMissing(f"there is no {path}")
    return path
