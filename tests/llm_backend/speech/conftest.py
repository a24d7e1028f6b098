import os
import shutil
from pathlib import Path

import pytest

from llm_backend.speech.transcribers import SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber


@pytest.fixture(scope="session")
def whisper_folder() -> Path:
    return Path(os.environ["SPEECH_MODEL"])


@pytest.fixture
def whisper(whisper_folder: Path) -> Transcriber:
    return transcriber(SpeechSettings(model=str(whisper_folder), max_seconds=3600))


@pytest.fixture
def _voice() -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("espeak-ng is not installed, so nobody can speak")
