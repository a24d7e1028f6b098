"""The one way to turn a recording into text, whichever model listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from llm_backend.speech.audio import Sound
from llm_backend.speech.streaming_source import GrowingSound
from llm_backend.speech.transcripts import Segment, Transcript

# A finished segment, and how much of the recording is done: 0 to 1.
OnSegment = Callable[[Segment, float], None]
ShouldStop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """`languages` are ISO 639-1 codes: the spoken language is looked for among them only; none means any.
    `prompt` holds terms that are likely to be said, such as names of products or medicines."""

    sound: Sound
    languages: tuple[str, ...] = ()
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class SettledPart:
    """What was said up to `until`, in seconds, behind the stretch before it. Nothing changes it any more."""

    until: float
    language: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """`heard` is what an earlier listening settled: this one goes on behind it."""

    sound: GrowingSound
    languages: tuple[str, ...] = ()
    prompt: str = ""
    heard: tuple[SettledPart, ...] = ()


class LiveListener(Protocol):
    def show(self, segments: tuple[Segment, ...]) -> None:
        """Heard in a hurry, so that somebody can read along: the next stretch that is settled takes their place."""

    def settle(self, stretch: SettledPart) -> None: ...


class Transcriber(Protocol):
    def transcribe(
        self, request: TranscriptionRequest, *, on_segment: OnSegment, should_stop: ShouldStop
    ) -> Transcript:
        """Blocks until the recording is done; `should_stop` is asked before each chunk of at most half a minute.

        Raises AudioUnreadable, AudioTooLong, SpeechModelMissing, SpeechStopped, or another ModelError when an
        endpoint fails.
        """

    def transcribe_live(
        self, request: LiveRequest, listener: LiveListener, *, should_stop: ShouldStop
    ) -> Transcript | None:
        """Writes a recording down while it arrives; None when it paused for too long, and somebody asks again later.

        What is settled reads as `transcribe` reads the whole recording. Raises what `transcribe` and `grown` raise.
        """
