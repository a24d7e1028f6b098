"""Whatever is pasted, checking takes time in proportion to its length and ends with a short list."""

import time

import pytest

from domain.marketing.copy_checks import folding
from domain.marketing.copy_checks.check import MAX_CHARACTERS, MAX_VIOLATIONS, check_copy
from domain.marketing.copy_checks.word_lists import read
from tests.architecture.floods import PHRASES, SINGLE
from tests.domain.marketing.copy_checks.briefs import LAMP, TEA, channel

WORDS = (
    "最好",
    "5 元",
    "May 4 ",
    "USDA award ",
    "#a ",
    "😀",
    "https://a.b/ ",
    "不是最好",
    "Made in X ",
    "羊毛",
    "」同款",
)
SECONDS = 2


@pytest.mark.parametrize("piece", [*SINGLE, *PHRASES, *WORDS])
def test_a_flood_is_read_in_little_time(piece: str) -> None:
    text = (piece * (6_000 // len(piece) + 1))[:6_000]
    folding.fold.cache_clear()
    began = time.process_time()
    found = check_copy(
        {"title": "t", "body": text}, channel("wechat_article"), TEA, others=[{"body": text[::-1]}]
    )
    assert time.process_time() - began < SECONDS
    assert len(found) <= MAX_VIOLATIONS


def test_what_is_longer_than_anything_published_is_too_long_and_not_read_to_its_end() -> None:
    text = "a" * MAX_CHARACTERS + " 最好 " * 20_000
    began = time.process_time()
    found = check_copy({"text": text}, channel("moments"), LAMP)
    assert time.process_time() - began < SECONDS
    assert [(each.code, each.end) for each in found] == [("too_long", len(text))]


def test_every_code_has_its_sentence_in_both_languages() -> None:
    for reason in read("reasons").values():
        assert reason["zh"]
        assert reason["en"]
