"""The speech models that are measured: this installation's; the smallest is fetched when it is not there."""

import os
from pathlib import Path

from llm_backend.speech.transcribers import Engine, SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber
from stack.progress import Steps
from stack.weights import catalogue, ensure_weights

THREADS = 2


def models_directory() -> Path:
    """With Whisper base in it."""
    directory = Path(os.environ["KONGMING_MODELS_DIR"])
    with Steps() as steps:
        ensure_weights(catalogue("speech"), directory, steps)
    return directory


def chosen_transcriber(engine: Engine, model: Path) -> Transcriber:
    return transcriber(SpeechSettings(engine=engine, model=str(model), threads=THREADS))
