"""The speech model that is measured: of this installation's models, fetched when it is not there."""

import os
from pathlib import Path

from llm_backend.speech.transcribers import Engine, SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber

THREADS = 2


def chosen_transcriber(engine: Engine) -> Transcriber:
    directory = Path(os.environ["KONGMING_MODELS_DIR"])
    return transcriber(SpeechSettings(engine=engine, models_directory=directory, threads=THREADS))
