"""What can go wrong with a recording. Speech models fail as all models do: see `llm_backend.errors`.

ModelError
└── SpeechError
    ├── AudioUnreadable          no audio in it, or in no format that we read
    ├── AudioTooLong             longer than the setting allows
    ├── SpeechModelMissing       the weights or the optional package are not there
    └── SpeechStopped            somebody cancelled it
"""

from llm_backend.errors import ModelError, gettext_noop


class SpeechError(ModelError):
    code = "speech_error"
    message = gettext_noop("The recording could not be transcribed.")


class AudioUnreadable(SpeechError):
    code = "audio_unreadable"
    message = gettext_noop(
        "The file has no readable audio. Upload WAV, MP3, M4A, OGG, WebM or a video with sound."
    )


class AudioTooLong(SpeechError):
    code = "audio_too_long"
    message = gettext_noop("The recording is too long. Split it and upload the parts one by one.")


class SpeechModelMissing(SpeechError):
    code = "speech_model_missing"
    message = gettext_noop(
        "The speech model is not installed. The operator has to download it or correct SPEECH_MODEL."
    )


class SpeechStopped(SpeechError):
    code = "speech_stopped"
    message = gettext_noop("The transcription was stopped.")
