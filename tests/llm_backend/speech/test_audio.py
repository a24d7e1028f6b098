import wave
from pathlib import Path

import numpy as np
import pytest

from llm_backend.speech import errors
from llm_backend.speech.audio import BLOCK_SECONDS, SAMPLE_RATE, Recording, Samples, in_file
from tests.llm_backend.speech import sounds


def read(path: Path, *, max_seconds: float = 3600) -> tuple[Recording, Samples, in_file]:
    recording = Recording(in_file(path), max_seconds=max_seconds)
    return recording, np.concatenate(list(recording.blocks()))


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "ogg", "webm", "flac"])
def test_every_usual_format_is_read_at_16_khz(kind: str, tmp_path: Path) -> None:
    recording, samples = read(sounds.save(sounds.music(3), tmp_path / f"music.{kind}"))
    assert recording.seconds == pytest.approx(3, abs=0.15)
    assert len(samples) == round(recording.seconds * SAMPLE_RATE)
    assert np.sqrt(np.mean(samples**2)) > 0.02
    assert not recording.is_incomplete


def test_of_a_video_the_sound_is_read(tmp_path: Path) -> None:
    video = sounds.save(sounds.music(2), tmp_path / "clip.mp4", with_picture=True)
    recording, _ = read(video)
    assert recording.seconds == pytest.approx(2, abs=0.15)


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    recording, _ = read(sounds.save(sounds.music(2), tmp_path / "music.wav", form="ogg"))
    assert recording.seconds == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize(
    "content", [b"", b"Minutes of the meeting\n" * 50, b"\x00" * 5000, b"RIFF\x00\x00\x00\x00WAVE"]
)
def test_what_is_no_audio_is_refused_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_bytes(content)
    with pytest.raises(errors.AudioUnreadable, match="Upload WAV"):
        read(path)


def test_a_playlist_cannot_make_us_read_other_files(tmp_path: Path) -> None:
    secret = sounds.save(sounds.music(1), tmp_path / "secret.mp3")
    playlist = tmp_path / "list.mp3"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    with pytest.raises(errors.AudioUnreadable):
        read(playlist)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "webm"])
def test_of_a_file_that_broke_off_the_beginning_is_read_and_it_is_said(kind: str, tmp_path: Path) -> None:
    path = sounds.save(sounds.noise(20), tmp_path / f"noise.{kind}")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    recording, _ = read(path)
    assert 5 < recording.seconds < 15
    assert recording.is_incomplete


def test_a_file_without_its_index_is_refused(tmp_path: Path) -> None:
    path = sounds.save(sounds.music(20), tmp_path / "music.m4a")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(errors.AudioUnreadable, match="index is missing"):
        read(path)


def test_a_recording_over_the_limit_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    recording = Recording(in_file(sounds.save(sounds.silence(30), tmp_path / "long.wav")), max_seconds=20)
    with pytest.raises(errors.AudioTooLong, match="30 s, and 20 s are allowed"):
        next(recording.blocks())


def test_a_long_recording_comes_in_blocks(tmp_path: Path) -> None:
    recording = Recording(in_file(sounds.save(sounds.silence(95), tmp_path / "long.flac")), max_seconds=100)
    sizes = [len(block) / SAMPLE_RATE for block in recording.blocks()]
    assert len(sizes) >= 9
    assert max(sizes) < BLOCK_SECONDS + 1
    assert recording.progress(95) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("rate", [1, 100])
def test_a_small_file_that_would_become_hours_is_refused(rate: int, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "bomb.wav"), "wb") as file:
        file.setparams((1, 1, rate, 0, "NONE", ""))
        file.writeframes(bytes(rate * 3000))

    with pytest.raises(errors.AudioUnreadable, match="samples a second"):
        read(tmp_path / "bomb.wav")
