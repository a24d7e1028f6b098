"""What the installation itself listens with, when an organisation has no endpoint of its own for speech."""

from pathlib import Path

from config.env import Env
from llm_backend.speech.transcribers import SpeechSettings


def speech_settings(env: Env, state_directory: Path) -> SpeechSettings:
    models = env.kongming_models_dir or state_directory / "models"
    return SpeechSettings(
        engine="endpoint" if env.speech_endpoint else env.speech_engine,
        model=env.speech_model,
        models_directory=Path(models).expanduser().absolute(),
        threads=env.speech_threads,
        max_seconds=env.speech_max_minutes * 60,
        endpoint_url=env.speech_endpoint,
        api_key=env.speech_api_key.get_secret_value(),
    )
