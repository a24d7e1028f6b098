"""The speech models that are measured: this installation's; the smallest is fetched when it is not there."""

import os
from pathlib import Path

from benchmarks.engines import embedded_weights
from llm_backend.speech.audio import in_file
from llm_backend.speech.transcribers import Engine, SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber, TranscriptionRequest
from llm_backend.speech.transcripts import Transcript

THREADS = 2


def models_directory() -> Path:
    """With Whisper base in it."""
    embedded_weights("speech")
    return Path(os.environ["KONGMING_MODELS_DIR"])


def transcript_of(transcriber: Transcriber, path: Path, languages: tuple[str, ...]) -> Transcript:
    request = TranscriptionRequest(in_file(path), languages)
    return transcriber.transcribe(request, on_segment=lambda *_: None, should_stop=lambda: False)


def chosen_transcriber(engine: Engine, model: Path) -> Transcriber:
    return transcriber(SpeechSettings(engine=engine, model=str(model), threads=THREADS))
