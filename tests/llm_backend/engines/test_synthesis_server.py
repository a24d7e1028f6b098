"""The embedded voice itself, as a process: what it reads aloud, the embedded Whisper writes down again."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from llm_backend import chat, errors
from llm_backend.engines.synthesis_server import MAX_CHARACTERS
from llm_backend.speech.audio import in_file
from llm_backend.speech.phonemes import phonemes
from llm_backend.speech.synthesis import SAMPLE_RATE, SynthesisEndpoint, synthesise, wav
from llm_backend.speech.transcribers import SpeechSettings, transcriber
from llm_backend.speech.transcription import TranscriptionRequest
from tests.llm_backend.engines.conftest import KEY, engine

pytestmark = pytest.mark.model
CHINESE = "第二次检查的结果还没有出来。"
ENGLISH = "The order was shipped on Monday."
MOST_WRONG = 0.1


@pytest.fixture(scope="module")
def voice() -> Iterator[SynthesisEndpoint]:
    if "VOICE_FOLDER" not in os.environ:
        pytest.skip("NO VOICE: fetch it with `./kongming engine prepare kokoro-82m`")
    with engine("synthesis_server", "--folder", os.environ["VOICE_FOLDER"]) as url:
        yield SynthesisEndpoint(url, "kokoro-82m", KEY)


async def test_both_languages_are_understood_again(voice: SynthesisEndpoint, tmp_path: Path) -> None:
    whisper = transcriber(SpeechSettings(model=os.environ["SPEECH_MODEL"], max_seconds=600))
    for text, language in ((CHINESE, "zh"), (ENGLISH, "en")):
        sound = await synthesise(voice, text, voice="alloy")
        path = tmp_path / "read.wav"
        path.write_bytes(wav(sound))
        request = TranscriptionRequest(in_file(path), ("zh", "en"), "")
        written = whisper.transcribe(request, on_segment=lambda *_: None, should_stop=lambda: False)
        assert written.language == language
        assert Levenshtein.normalized_distance(letters(written.text), letters(text)) <= MOST_WRONG
        assert 1 < len(sound) / SAMPLE_RATE < 6
        assert np.abs(sound).max() > 3000
    await chat.close_session()


def test_every_phoneme_that_chinese_has_is_one_of_the_models(voice: SynthesisEndpoint) -> None:
    vocabulary = json.loads((Path(os.environ["VOICE_FOLDER"]) / "vocab.json").read_text("utf-8"))["vocab"]
    common = phonemes("日子诗词儿女四十知吃，雨圆云月，嗯哦呣，穷翁恩欧。", language="zh").text
    assert not [each for each in common if each not in vocabulary]


async def test_what_cannot_be_read_is_refused_and_the_next_text_is_read(voice: SynthesisEndpoint) -> None:
    too_long = "茶" * (MAX_CHARACTERS + 1)
    for text, name in (("🍵", "alloy"), ("茶", "nobody"), (too_long, "alloy"), ("", "alloy")):
        with pytest.raises(errors.ModelRejectedRequest):
            await synthesise(voice, text, voice=name)
    with pytest.raises(errors.ModelRefusedKey):
        await synthesise(SynthesisEndpoint(voice.url, voice.model, "another"), "茶", voice="alloy")
    assert len(await synthesise(voice, "喝茶🍵。", voice="zm_yunxi")) > SAMPLE_RATE / 4
    await chat.close_session()


def letters(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalnum())
