"""A recording through a speech model, chunk by chunk: the same road for every model."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from llm_backend.speech import (
    audio,
    chinese_text,
    chunks,
    errors,
    hallucination_filter,
    live_chunks,
    streaming_source,
)
from llm_backend.speech.transcription import (
    LiveListener,
    LiveRequest,
    OnSegment,
    SettledPart,
    ShouldStop,
    TranscriptionRequest,
)
from llm_backend.speech.transcripts import Segment, Transcript

CHINESE = "zh"


@dataclass(frozen=True, slots=True)
class ChunkedTranscriber:
    """`model` loads what is needed on the first recording that has speech in it."""

    model: Callable[[], hallucination_filter.SpeechModel]
    max_seconds: float

    def transcribe(
        self, request: TranscriptionRequest, *, on_segment: OnSegment, should_stop: ShouldStop
    ) -> Transcript:
        recording = audio.Recording(request.sound, max_seconds=self.max_seconds)
        seconds_of: defaultdict[str, float] = defaultdict(float)
        segments: list[Segment] = []
        for chunk in chunks.speech_chunks(_stoppable(recording.blocks(), should_stop)):
            _stop_if(should_stop)
            hearing = self.model().hear(chunk.samples, languages=request.languages, prompt=request.prompt)
            for segment in _segments(chunk, hearing, request.prompt):
                seconds_of[hearing.language] += segment.end - segment.start
                segments.append(segment)
                on_segment(segment, recording.progress(segment.end))
        return Transcript(
            language=max(seconds_of, key=seconds_of.__getitem__, default=""),
            seconds=round(recording.seconds, 3),
            segments=tuple(segments),
            has_speech=bool(segments),
            is_incomplete=recording.is_incomplete,
        )

    def transcribe_live(
        self, request: LiveRequest, listener: LiveListener, *, should_stop: ShouldStop
    ) -> Transcript | None:
        recording = streaming_source.StreamingRecording(request.sound, max_seconds=self.max_seconds)
        stretches = list(request.heard)
        begin = stretches[-1].until if stretches else 0.0
        try:
            for chunk in live_chunks.live_chunks(recording.blocks(begin=begin), begin=begin):
                _stop_if(should_stop)
                hearing = self.model().hear(chunk.samples, languages=request.languages, prompt=request.prompt)
                segments = tuple(_segments(chunk, hearing, request.prompt))
                if chunk.is_settled:
                    stretches.append(SettledPart(chunk.end, hearing.language, segments))
                    listener.settle(stretches[-1])
                elif segments:
                    listener.show(segments)
        except streaming_source.RecordingPaused:
            # What was settled stands, and a later listening goes on behind it.
            return None
        return _whole(recording, stretches)


def _whole(recording: streaming_source.StreamingRecording, stretches: list[SettledPart]) -> Transcript:
    segments = tuple(segment for stretch in stretches for segment in stretch.segments)
    seconds_of: defaultdict[str, float] = defaultdict(float)
    for stretch in stretches:
        seconds_of[stretch.language] += sum(segment.end - segment.start for segment in stretch.segments)
    return Transcript(
        language=max(seconds_of, key=seconds_of.__getitem__) if segments else "",
        seconds=round(recording.seconds, 3),
        segments=segments,
        has_speech=bool(segments),
        is_incomplete=recording.is_damaged,
    )


def _stoppable(blocks: Iterator[audio.Samples], should_stop: ShouldStop) -> Iterator[audio.Samples]:
    """Hours of silence have no chunk to stop at."""
    for block in blocks:
        _stop_if(should_stop)
        yield block


def _stop_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise errors.SpeechStopped


def _segments(
    chunk: chunks.Chunk, hearing: hallucination_filter.Recognition, prompt: str
) -> Iterator[Segment]:
    is_chinese = hearing.language == CHINESE
    for phrase in hearing.phrases:
        if hallucination_filter.is_said(phrase, prompt):
            text = phrase.text.strip()
            yield Segment(
                start=_seconds(chunk, phrase.start),
                end=_seconds(chunk, phrase.end),
                text=chinese_text.as_written(text) if is_chinese else text,
                # As they were heard: numbers are written out in the segment's text alone.
                words=tuple(
                    replace(
                        word,
                        text=chinese_text.simplify(word.text) if is_chinese else word.text,
                        start=_seconds(chunk, word.start),
                        end=_seconds(chunk, word.end),
                    )
                    for word in phrase.words
                ),
            )


def _seconds(chunk: chunks.Chunk, heard_at: float) -> float:
    # A plain float: NumPy's own is none to JSON.
    return round(float(chunk.moment(heard_at)), 2)
