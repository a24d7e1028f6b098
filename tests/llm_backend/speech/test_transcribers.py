"""The whole road with the real model."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from llm_backend.speech import errors
from llm_backend.speech.audio import in_file
from llm_backend.speech.transcribers import SpeechSettings, transcriber
from llm_backend.speech.transcription import Transcriber, TranscriptionRequest
from llm_backend.speech.transcripts import Segment, Transcript
from tests.llm_backend.speech import sounds

BOTH = ("zh", "en")
ENGLISH = "The order was shipped on Monday and will arrive in three days."
CHINESE = "请星期一再打电话来,第二次检查的结果还没有出来。"
MORE = "Please call the patient tomorrow morning before nine."


@dataclass
class Listener:
    segments: list[Segment] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)

    def __call__(self, segment: Segment, progress: float) -> None:
        self.segments.append(segment)
        self.progress.append(progress)


def listen(
    whisper: Transcriber, path: Path, *, languages: tuple[str, ...] = BOTH, prompt: str = ""
) -> Transcript:
    request = TranscriptionRequest(in_file(path), languages, prompt)
    return whisper.transcribe(request, on_segment=lambda *_: None, should_stop=lambda: False)


@pytest.mark.model
@pytest.mark.usefixtures("_voice")
def test_spoken_english_becomes_words_with_times(whisper: Transcriber, tmp_path: Path) -> None:
    sound = np.concatenate([sounds.silence(2), sounds.spoken(ENGLISH, tmp_path), sounds.silence(1)])
    heard = listen(whisper, sounds.save(sound, tmp_path / "order.webm"))
    assert heard.language == "en"
    assert "shipped on Monday" in heard.text
    words = [word for segment in heard.segments for word in segment.words]
    assert words[0].start == pytest.approx(2, abs=0.6)
    assert all(word.start <= word.end <= heard.seconds for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)


@pytest.mark.model
@pytest.mark.usefixtures("_voice")
def test_only_allowed_languages_are_heard(whisper: Transcriber, tmp_path: Path) -> None:
    french = sounds.spoken("Bonjour, je voudrais une chambre pour deux personnes.", tmp_path, voice="fr-fr")
    # What English makes of it may be too unsure to be written down.
    assert listen(whisper, sounds.save(french, tmp_path / "french.wav")).language in (*BOTH, "")


@pytest.mark.model
@pytest.mark.parametrize("sound", [sounds.silence(15), sounds.noise(15), sounds.music(15)])
def test_without_speech_no_text_is_invented(
    sound: sounds.Sound, whisper: Transcriber, tmp_path: Path
) -> None:
    heard = listen(whisper, sounds.save(sound, tmp_path / "quiet.wav"))
    assert (heard.has_speech, heard.text, heard.language) == (False, "", "")
    assert heard.seconds == pytest.approx(15, abs=0.1)


@pytest.mark.model
@pytest.mark.usefixtures("_voice")
@pytest.mark.parametrize("pause", [1])
def test_a_recording_reads_the_same_whole_and_in_parts(
    pause: float, whisper: Transcriber, tmp_path: Path
) -> None:
    parts = [
        sounds.spoken(text, tmp_path, voice=voice)
        for voice, text in (("en-us", ENGLISH), ("cmn", CHINESE), ("en-us", MORE))
    ]
    alone = [listen(whisper, sounds.save(part, tmp_path / "part.wav")).text for part in parts]
    joined = np.concatenate([np.concatenate([part, sounds.silence(pause)]) for part in parts])
    assert listen(whisper, sounds.save(joined, tmp_path / "whole.wav")).text == "\n".join(alone)


@pytest.mark.model
@pytest.mark.usefixtures("_voice")
def test_segments_arrive_with_growing_progress_until_somebody_stops(
    whisper: Transcriber, tmp_path: Path
) -> None:
    part = np.concatenate([sounds.spoken(MORE, tmp_path), sounds.silence(3)])
    path = sounds.save(np.concatenate([part] * 4), tmp_path / "long.wav")
    listener = Listener()
    with pytest.raises(errors.SpeechStopped):
        whisper.transcribe(
            TranscriptionRequest(in_file(path), BOTH),
            on_segment=listener,
            should_stop=lambda: len(listener.segments) >= 2,
        )
    assert len(listener.segments) == 2
    assert 0.1 < listener.progress[0] < listener.progress[1] < 0.6


@pytest.mark.model
def test_a_folder_without_a_model_is_named(tmp_path: Path, whisper: Transcriber) -> None:
    settings = SpeechSettings(model="whisper-huge", models_directory=tmp_path)
    sound = sounds.save(sounds.music(1), tmp_path / "music.wav")
    assert not listen(transcriber(settings), sound).has_speech
    with pytest.raises(errors.SpeechModelMissing, match="whisper-huge"):
        transcriber(settings).model()  # type: ignore[attr-defined]
