"""The door to speech models: the organisation's endpoints for speech if it has any, else the installation's own."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from apps.core.once import once_per_process
from apps.inference import selectors
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend.errors import ModelError, ModelUnavailable
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
    run: JobRun, path: Path, *, languages: Sequence[str], terms: str, on_segment: OnSegment
) -> Transcript:
    """What is said in `path`, in one of `languages`; `terms` are likely to be said.

    Cancelling the job stops it at the next stretch of speech, half a minute at most. Raises ModelError.
    """
    listening = _Listening(run, TranscriptionRequest(path, tuple(languages), terms), on_segment)
    # It takes minutes: the database connection goes back to the pool meanwhile.
    if not connection.in_atomic_block:
        connection.close()
    for endpoint in selectors.candidates(run.job.organisation, Purpose.SPEECH):
        try:
            with _in_ledger(run, model=endpoint.model, endpoint=endpoint):
                return listening.ask(_model_of(endpoint))
        except ModelUnavailable as error:
            if listening.has_begun:
                raise
            logger.warning("endpoint %s: %s", endpoint.name, error)
    with _in_ledger(run, model=settings.SPEECH.model):
        return listening.ask(_own_model())


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


@contextmanager
def _in_ledger(run: JobRun, *, model: str, endpoint: Endpoint | None = None) -> Iterator[None]:
    begun, status, code = time.perf_counter(), InferenceCall.Status.FAILED, "internal_error"
    try:
        yield
        status, code = InferenceCall.Status.SUCCEEDED, ""
    except JobCancelled:
        status, code = InferenceCall.Status.STOPPED, "cancelled"
        raise
    except ModelError as error:
        code = error.code
        raise
    finally:
        InferenceCall.objects.create(
            organisation=run.job.organisation,
            member=run.job.member,
            api_key=run.job.api_key,
            job=run.job,
            endpoint=endpoint,
            purpose=Purpose.SPEECH,
            model=Path(model).name,
            latency_ms=round((time.perf_counter() - begun) * 1000),
            status=status,
            error_code=code,
        )
