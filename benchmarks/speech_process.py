"""One speech implementation on a directory of recordings: the process that `benchmarks.speech` measures."""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.speech_models import chosen_transcriber, transcript_of
from llm_backend.speech import errors
from llm_backend.speech.transcribers import Engine
from llm_backend.speech.transcription import Transcriber

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
