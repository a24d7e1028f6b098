import os
import shutil
from pathlib import Path

import pytest

from llm_backend.speech.transcribers import SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber


@pytest.fixture(scope="session")
def whisper_folder() -> Path:
    folder = os.environ.get("SPEECH_MODEL")
    if not folder:
        pytest.skip(
            "the Whisper weights are not there: `./kongming eval speech` or a run of all tests fetches them"
        )
    return Path(folder)


@pytest.fixture
def whisper(whisper_folder: Path) -> Transcriber:
    return transcriber(SpeechSettings(model=str(whisper_folder), max_seconds=3600))


@pytest.fixture
def _voice() -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed, so nobody can speak")
