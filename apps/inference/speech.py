"""The door to speech models: the organisation's endpoints for speech if it has any, else the installation's own."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from apps.core.once import once_per_process
from apps.inference import calls, selectors
from apps.inference.calls import Call, Timing, Used
from apps.inference.models import Endpoint, Purpose
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend.errors import ModelUnavailable
from llm_backend.speech.audio import Sound
from llm_backend.speech.errors import SpeechStopped
from llm_backend.speech.transcribers import SpeechSettings, transcriber
from llm_backend.speech.transcription import OnSegment, Transcriber, TranscriptionRequest
from llm_backend.speech.transcripts import Segment, Transcript

logger = logging.getLogger(__name__)


@dataclass
class _Listening:
    """One request. Another model may take over only while no segment has been shown."""

    run: JobRun
    request: TranscriptionRequest
    on_segment: OnSegment
    has_begun: bool = False

    def ask(self, model: Transcriber) -> Transcript:
        try:
            heard = model.transcribe(self.request, on_segment=self._take, should_stop=self._is_cancelled)
        except SpeechStopped:
            self.run.check()
            raise
        # Between the last stretch of speech and the end nobody asked.
        self.run.check()
        return heard

    def _take(self, segment: Segment, progress: float) -> None:
        self.has_begun = True
        self.on_segment(segment, progress)

    def _is_cancelled(self) -> bool:
        try:
            self.run.check()
        except JobCancelled:
            return True
        return False


def transcribe(
    run: JobRun, sound: Sound, *, languages: Sequence[str], terms: str, on_segment: OnSegment
) -> Transcript:
    """What is said in `sound`, in one of `languages`; `terms` are likely to be said.

    Cancelling the job stops it at the next stretch of speech, half a minute at most. Raises ModelError.
    """
    listening = _Listening(run, TranscriptionRequest(sound, tuple(languages), terms), on_segment)
    # It takes minutes: the database connection goes back to the pool meanwhile.
    if not connection.in_atomic_block:
        connection.close()
    for endpoint in selectors.candidates(run.job.organisation, Purpose.SPEECH):
        try:
            with _in_ledger(run, endpoint):
                return listening.ask(_model_of(endpoint))
        except ModelUnavailable as error:
            if listening.has_begun:
                raise
            logger.warning("endpoint %s: %s", endpoint.name, error)
    with _in_ledger(run, _own_endpoint()):
        return listening.ask(_own_model())


def _in_ledger(run: JobRun, endpoint: Endpoint) -> AbstractContextManager[None]:
    return calls.in_ledger(Call(run, endpoint, Purpose.SPEECH), Timing(), Used)


def _own_endpoint() -> Endpoint:
    """What the ledger calls the installation's own Whisper. It has no address, and so no row."""
    return Endpoint(id=None, purpose=Purpose.SPEECH, model=Path(settings.SPEECH.model).name)


@once_per_process
def _own_model() -> Transcriber:
    """Loaded at the first speech; it stays for as long as the process."""
    return transcriber(settings.SPEECH)


def _model_of(endpoint: Endpoint) -> Transcriber:
    limit = settings.SPEECH.max_seconds
    return transcriber(
        SpeechSettings(
            "endpoint",
            endpoint.model,
            max_seconds=limit,
            endpoint_url=endpoint.url,
            api_key=endpoint.api_key,
        )
    )
