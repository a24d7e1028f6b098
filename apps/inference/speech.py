"""The door to speech models: the organisation's endpoints for speech if it has any, else the installation's own."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import connection

from apps.accounts.models import Organisation
from apps.core.singleton import once_per_process
from apps.inference import calls, selectors
from apps.inference.calls import Call, CallUsage, Timing
from apps.inference.models import Endpoint, Purpose
from apps.inference.services import PASSED_OVER
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend.errors import ModelError
from llm_backend.speech.audio import Sound
from llm_backend.speech.errors import SpeechModelMissing, SpeechStopped
from llm_backend.speech.transcribers import SpeechSettings, model_path, transcriber
from llm_backend.speech.transcription import (
    LiveListener,
    LiveRequest,
    OnSegment,
    SettledPart,
    Transcriber,
    TranscriptionRequest,
)
from llm_backend.speech.transcripts import Segment, Transcript

logger = logging.getLogger(__name__)


Answer = TypeVar("Answer")


@dataclass
class _Listening:
    """One request, with the seconds of the recording where it begins and up to which it was heard.

    Another model may take over only while nothing has been shown.
    """

    run: JobRun
    has_begun: bool = False
    begins_at: float = 0.0
    heard_until: float = 0.0

    def first_answer(self, ask: Callable[[Transcriber], Answer]) -> Answer:
        """The answer of the organisation's first endpoint that gives one, else of the installation's own model."""
        # It takes minutes: the database connection goes back to the pool meanwhile.
        if not connection.in_atomic_block:
            connection.close()
        refusal: ModelError | None = None
        for endpoint in selectors.candidates(self.run.job.organisation, Purpose.SPEECH):
            try:
                return self.ask_model(endpoint, partial(_model_of, endpoint), ask)
            except PASSED_OVER as error:
                if self.has_begun:
                    raise
                logger.warning("endpoint %s: %s", endpoint.name, calls.loggable(self.run, error))
                refusal = error
        # What the ledger calls the installation's own Whisper. It has no address, and so no row.
        own = Endpoint(id=None, purpose=Purpose.SPEECH, model=Path(settings.SPEECH.model).name)
        try:
            return self.ask_model(own, _own_model, ask)
        except SpeechModelMissing:
            if refusal is None:
                raise
            # Nobody was counting on the installation's: what is wrong is wrong with the endpoint.
            raise refusal from None

    def is_cancelled(self) -> bool:
        try:
            self.run.check()
        except JobCancelled:
            # Asked by code that knows no jobs.
            return True
        return False

    def ask_model(
        self, endpoint: Endpoint, model: Callable[[], Transcriber], ask: Callable[[Transcriber], Answer]
    ) -> Answer:
        call = Call(self.run, endpoint, Purpose.SPEECH)
        with calls.in_ledger(call, Timing(), self._usage):
            try:
                answer = ask(model())
            except SpeechStopped:
                self.run.check()
                raise
            # Between the last stretch of speech and the end nobody asked.
            self.run.check()
            if isinstance(answer, Transcript):
                self.heard_until = answer.seconds
            return answer

    def _usage(self) -> CallUsage:
        return CallUsage(audio_seconds=max(0.0, self.heard_until - self.begins_at))


@dataclass
class _MarkingListener:
    """Passes on what is heard, and notes that something was."""

    listening: _Listening
    listener: LiveListener

    def show(self, segments: tuple[Segment, ...]) -> None:
        self.listening.has_begun = True
        self.listener.show(segments)

    def settle(self, stretch: SettledPart) -> None:
        self.listening.has_begun = True
        self.listening.heard_until = stretch.until
        self.listener.settle(stretch)


def transcribe(
    run: JobRun, sound: Sound, *, languages: Sequence[str], terms: str, on_segment: OnSegment
) -> Transcript:
    """What is said in `sound`, in one of `languages`; `terms` are likely to be said.

    Cancelling the job stops it at the next stretch of speech, half a minute at most. Raises ModelError.
    """
    listening = _Listening(run)
    request = TranscriptionRequest(sound, tuple(languages), terms)

    def take(segment: Segment, progress: float) -> None:
        listening.has_begun = True
        listening.heard_until = segment.end
        on_segment(segment, progress)

    return listening.first_answer(
        lambda model: model.transcribe(request, on_segment=take, should_stop=listening.is_cancelled)
    )


def transcribe_by(run: JobRun, endpoint: Endpoint, sound: Sound, *, on_segment: OnSegment) -> Transcript:
    """What one endpoint hears in `sound`, whether it is in use or not. Raises ModelError."""
    listening, request = _Listening(run), TranscriptionRequest(sound)
    return listening.ask_model(
        endpoint,
        partial(_model_of, endpoint),
        lambda model: model.transcribe(request, on_segment=on_segment, should_stop=listening.is_cancelled),
    )


def transcribe_live(run: JobRun, request: LiveRequest, listener: LiveListener) -> Transcript | None:
    """What is said in a sound that still arrives; None when it paused. Raises ModelError."""
    listening = _Listening(run, begins_at=request.heard[-1].until if request.heard else 0.0)
    marking = _MarkingListener(listening, listener)
    return listening.first_answer(
        lambda model: model.transcribe_live(request, marking, should_stop=listening.is_cancelled)
    )


def is_there(organisation: Organisation) -> bool:
    """Whether anything writes down what is said: an endpoint of the organisation's, or the installation's own model."""
    if settings.SPEECH.engine == "endpoint" or selectors.candidates(organisation, Purpose.SPEECH):
        return True
    try:
        return model_path(settings.SPEECH).exists()
    except SpeechModelMissing:
        return False


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
            guard=endpoint.guard,
        )
    )
