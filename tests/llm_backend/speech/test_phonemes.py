"""A text becomes phonemes of the voice, without its model: Chinese, English, both, numbers, and what nobody can read."""

import pytest

from llm_backend.speech import kokoro, voices
from llm_backend.speech.chinese_reading import in_words
from llm_backend.speech.phonemes import CannotRead, phonemes


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("一盒 250 克", "一盒二百五十克"),
        ("净重3.5kg", "净重三点五千克"),
        ("2024年10月1日", "二零二四年十月一日"),
        ("2024-10-01开业", "二零二四年十月一日开业"),
        ("9:05到18:00", "九点零五分到十八点整"),
        ("打5折，省20%", "打五折，省百分之二十"),
        ("¥1,299", "一千二百九十九元"),
        ("买2个送1个", "买两个送一个"),
        ("第2个", "第二个"),
        ("3-5天", "三到五天"),
        ("电话010-62781234", "电话零一零六二七八一二三四"),
        ("400-123-4567", "四零零一二三四五六七"),
        ("13800138000", "一三八零零一三八零零零"),
        ("38.5°C", "三十八点五摄氏度"),
        ("1/3", "三分之一"),
        ("一起喝茶", "一起喝茶"),
    ],
)
def test_numbers_and_units_are_read_as_people_read_them_in_chinese(written: str, read: str) -> None:
    assert in_words(written) == read


def test_chinese_is_read_with_its_tones_and_by_words() -> None:
    assert phonemes("你好！", language="zh").text == "ni↓xau↓!"
    # 行 has two sounds: háng in a bank, xíng in walking.
    assert phonemes("银行", language="zh").text.endswith("xa↗ŋ")
    assert phonemes("行走", language="zh").text.startswith("ɕi↗ŋ")


@pytest.mark.usefixtures("_voice")
def test_english_and_its_numbers_are_read_by_espeak() -> None:
    read = phonemes("Good morning. 250 teas, ready!", language="en").text
    assert read == "ɡˈʊd mˈɔɹnɪŋ. tˈuhˈʌndɹɪd fˈɪfti tˈiz, ɹˈɛdi!"


@pytest.mark.usefixtures("_voice")
def test_each_language_of_a_mixed_text_is_read_as_itself_and_numbers_in_that_of_the_text() -> None:
    read = phonemes("买 Good Tea 15 元。", language="en").text
    alone = [("买", "zh"), ("Good Tea", "en"), ("十五元。", "zh")]
    assert (
        read.split() == " ".join(phonemes(text, language=language).text for text, language in alone).split()
    )


@pytest.mark.usefixtures("_voice")
@pytest.mark.parametrize(
    ("text", "same", "skipped"),
    [
        ("茶🍵好", "茶 好", "🍵"),
        ("お茶です", "茶", "おです"),
        ("Tea 🍵 [[good]] <b>", "Tea good b", "🍵"),
        ("“茶”，（好）……！！", "茶, 好.", ""),
        ("𠀀茶\0\u202e", "茶", "𠀀"),
    ],
)
def test_what_nobody_knows_how_to_read_is_left_out_and_named(text: str, same: str, skipped: str) -> None:
    read = phonemes(text, language="zh")
    assert read.text == phonemes(same, language="zh").text
    assert set(skipped) <= set(read.skipped)


@pytest.mark.parametrize("text", ["", " ", "🍵🍵", "。。。", "\0", "おです"])
def test_a_text_of_nothing_that_can_be_read_has_no_phonemes(text: str) -> None:
    assert list(kokoro.pieces(phonemes(text, language="zh").text)) == []


def test_without_espeak_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert phonemes("茶", language="zh").text
    with pytest.raises(CannotRead, match="apt install espeak-ng"):
        phonemes("tea", language="zh")


def test_long_texts_are_cut_where_somebody_would_breathe() -> None:
    sentence = phonemes("水一开，屋里就有岩茶香。", language="zh").text
    pieces = list(kokoro.pieces(" ".join([sentence] * 20)))
    assert all(piece.endswith(".") for piece in pieces)
    assert " ".join(pieces) == " ".join([sentence] * 20)
    assert all(0 < len(piece) <= kokoro.MAX_PHONEMES for piece in pieces)
    assert [len(piece) for piece in kokoro.pieces("a" * 600)] == [120] * 5


def test_names_of_other_servers_stand_for_a_voice_of_the_texts_language() -> None:
    assert voices.voice("alloy", is_chinese=True) in voices.CHINESE
    assert voices.voice("alloy", is_chinese=False) in voices.ENGLISH
    assert voices.voice("af_heart", is_chinese=True) == "af_heart"
    assert voices.voice("nobody", is_chinese=True) is None
