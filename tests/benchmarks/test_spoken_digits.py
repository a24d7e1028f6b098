from pathlib import Path

import pytest

from benchmarks.speech_accuracy import digit_clips, digit_of


@pytest.mark.parametrize(
    ("text", "digit"),
    [
        ("7", 7),
        ("Seven.", 7),
        ("七。", 7),
        ("0", 0),
        ("", None),
        ("77", None),
        ("Kevin", None),
        ("to two", None),
    ],
)
def test_a_digit_counts_however_it_is_written(text: str, digit: int | None) -> None:
    assert digit_of(text) == digit


def test_only_clips_that_name_their_digit_are_measured(tmp_path: Path) -> None:
    for name in ("7_anna_0.wav", "3_anna_12.wav", "noise.wav", "3_anna_12.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in digit_clips(tmp_path)] == ["3_anna_12.wav", "7_anna_0.wav"]
