"""The measure of translations: parallel paragraphs, scored, and what became of their numbers."""

import json
from pathlib import Path

import pytest

from apps.accounts.actors import Actor
from benchmarks import translation
from benchmarks.__main__ import MEASURES
from tests.translation.conftest import Answers

ENGLISH = ["The line had 308 points in 2015.", "The team won again and again this year."]
CHINESE = ["2015年防线丢了308分。", "今年球队一次又一次获胜。"]


def squad(path: Path, paragraphs: list[str], ids: list[str]) -> Path:
    rows = [
        {"context": text, "qas": [{"id": key, "question": "?"}]}
        for text, key in zip(paragraphs, ids, strict=True)
    ]
    path.write_text(json.dumps({"data": [{"paragraphs": rows}]}), encoding="utf-8")
    return path


def test_paragraphs_are_matched_by_their_questions(tmp_path: Path) -> None:
    english = squad(tmp_path / "x_en.json", [*ENGLISH, "Alone."], ["a", "b", "c"])
    chinese = squad(tmp_path / "x_zh.json", CHINESE[::-1], ["b", "a"])

    assert translation.parallel(english, chinese) == list(zip(ENGLISH, CHINESE, strict=True))
    assert MEASURES["eval"]["translation"] == "benchmarks.translation"


@pytest.mark.django_db
def test_directions_are_scored_and_lost_numbers_are_marked(alice_actor: Actor, answers: Answers) -> None:
    pytest.importorskip(
        "sacrebleu", reason="SACREBLEU IS NOT INSTALLED: the scores are not tested without it"
    )
    from benchmarks import translated_paragraphs

    answers(CHINESE[0], CHINESE[1], "The line had points in 2015.", "The line had points.", ENGLISH[1])

    pairs = list(zip(ENGLISH, CHINESE, strict=True))
    figures = translated_paragraphs.score(alice_actor, pairs)

    assert figures["chrf_en_zh"] == figures["bleu_en_zh"] == 100
    assert 0 < figures["chrf_zh_en"] < 100
    low, high = figures["bleu_zh_en_interval"]
    assert low <= figures["bleu_zh_en"] <= high
    assert (figures["numbers_kept"], figures["numbers_lost"]) == (1.0, 1)
    assert (figures["marked"], figures["segments"]) == (1, 4)
