"""The speech models that are measured: this installation's; the smallest is fetched when it is not there."""

import json
import os
import resource
import sys
import time
from pathlib import Path

from llm_backend.speech import errors
from llm_backend.speech.audio import in_file
from llm_backend.speech.transcribers import Engine, SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber, TranscriptionRequest
from llm_backend.speech.transcripts import Transcript

THREADS = 2


def models_directory() -> Path:
    """With Whisper base in it."""
    # Here, as the process that is measured does without: what it imports is part of its memory.
    from benchmarks.engines import embedded_weights

    embedded_weights("speech")
    return Path(os.environ["KONGMING_MODELS_DIR"])


def transcript_of(transcriber: Transcriber, path: Path, languages: tuple[str, ...]) -> Transcript:
    request = TranscriptionRequest(in_file(path), languages)
    return transcriber.transcribe(request, on_segment=lambda *_: None, should_stop=lambda: False)


def chosen_transcriber(engine: Engine, model: Path) -> Transcriber:
    return transcriber(SpeechSettings(engine=engine, model=str(model), threads=THREADS))


SOUNDS = {".wav", ".mp3", ".m4a", ".ogg", ".opus", ".webm", ".flac"}


def main(engine: Engine, model: Path, directory: Path) -> None:
    recordings = sorted(path for path in directory.iterdir() if path.suffix in SOUNDS)
    if not recordings:
        raise SystemExit(f"There are no recordings in {directory}.")
    transcriber = chosen_transcriber(engine, model)
    # The first one loads the model and compiles what is compiled.
    start = time.perf_counter()
    listen(transcriber, recordings[0])
    first_seconds = time.perf_counter() - start
    start = time.perf_counter()
    sound_seconds = sum(listen(transcriber, recording) for recording in recordings)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {"seconds": round(seconds, 2), "sound_seconds": round(sound_seconds, 1)}
    figures["real_time_factor"] = round(seconds / sound_seconds, 3)
    figures |= {"first_seconds": round(first_seconds, 2), "memory_mb": round(peak / 1024)}
    print(json.dumps(figures))


def listen(transcriber: Transcriber, recording: Path) -> float:
    try:
        return transcript_of(transcriber, recording, ("zh", "en")).seconds
    except errors.SpeechModelMissing as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))  # type: ignore[arg-type]
