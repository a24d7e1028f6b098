"""The measures of the apps that come along: how prompts are made, how texts are checked, and what is counted."""

import json
from pathlib import Path

import pytest

from benchmarks import app_key_fields, app_write
from benchmarks.__main__ import MEASURES
from benchmarks.app_write_prompts import SEEDS, broken, writing_prompts
from domain.app_functions.text_rules import broken_rules
from tests.benchmarks.test_evals import assert_told
from tests.domain.app_functions.test_key_fields import CITIES, DAYS

TEA = "Tea time\n\nWe drink tea at 4. Bring a cup.\n\nSee you"


def test_they_are_called_by_two_words() -> None:
    named = {name for name in MEASURES["eval"] if name.startswith("app ")}

    assert {"app write", "app classify", "app key_fields"} <= named


def test_prompts_are_the_same_each_time_and_no_part_shares_its_words() -> None:
    measured = list(writing_prompts("measured", 60))
    developed = {prompt.request for prompt in writing_prompts("development", 200)}

    assert measured == list(writing_prompts("measured", 60))
    assert not developed & {prompt.request for prompt in measured}
    assert len(set(SEEDS.values())) == len(SEEDS)
    assert {prompt.language for prompt in measured} == {"zh", "en"}
    assert {name for prompt in measured for name in prompt.rules} >= {
        "at_least",
        "at_most",
        "must_say",
        "must_not_say",
        "points",
        "paragraphs",
        "with_title",
        "ending",
        "language",
    }


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({"at_least": 12, "at_most": 12}, []),
        ({"at_least": 13}, ["at_least"]),
        ({"at_most": 11}, ["at_most"]),
        ({"must_say": ["CUP"], "must_not_say": ["cups"]}, []),
        ({"must_say": ["cups"], "must_not_say": ["tea"]}, ["must_say", "must_not_say"]),
        ({"must_say": ["rin"], "must_not_say": ["rin"]}, []),
        ({"points": 1, "paragraphs": 2, "with_title": True}, ["points"]),
        ({"paragraphs": 2}, ["paragraphs"]),
        ({"ending": "See you"}, []),
        ({"ending": "See you."}, ["ending"]),
    ],
)
def test_a_text_is_held_to_its_rules(rules: dict[str, object], wrong: list[str]) -> None:
    assert broken(TEA, {**rules, "language": "English"}) == wrong


def test_both_checks_count_a_chinese_text_alike() -> None:
    text = "新店五月开张，在河边。\n\n营业时间：9:00-18:00，周一休息！欢迎来喝TEA。"
    plain = {
        "must_say": [],
        "must_not_say": [],
        "points": None,
        "paragraphs": None,
        "title": False,
        "ending": "",
    }
    for size in range(20, 50):
        for name in ("at_least", "at_most"):
            own = broken_rules(
                text, {**plain, "at_least": None, "at_most": None, "language": "Chinese", name: size}
            )
            assert [each["rule"] for each in own] == broken(text, {name: size, "language": "Chinese"})


def test_figures_are_shares_of_texts_that_hold_to_all_rules(tmp_path: Path) -> None:
    rules = {"ending": "x", "language": "English"}
    row = {"rules": rules, "text": "It is x", "raw": "It is y", "says_it_holds": True}
    rows = [{**row, "number": number, "seconds": 2.0, "seconds_raw": 1.0} for number in range(4)]
    details = tmp_path / "rows.jsonl"
    details.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    told = app_write.run(limit=4, details=details)

    assert (told["strict"], told["strict_raw"], told["prompts"]) == (1.0, 0.0, 4)
    assert told["held_raw"] == {"ending": 0.0, "language": 1.0}
    assert_told(told, "strict", "strict_raw")


def test_fields_are_learnt_from_the_training_file_and_measured_on_the_other(tmp_path: Path) -> None:
    def rows(days: list[str]) -> str:
        texts = ((f"请在{day}送到{city}的店里。", city) for day in days for city in CITIES)
        lines = ({"text": text, "spans": [[6, 6 + len(city), "城市"]]} for text, city in texts)
        return "\n".join(json.dumps(line) for line in lines)

    (tmp_path / "train.jsonl").write_text(rows(DAYS), encoding="utf-8")
    (tmp_path / "test.jsonl").write_text(rows(["明天"]), encoding="utf-8")
    told = app_key_fields.run(tmp_path)

    assert (told["trained_on"], told["tested_on"]) == (["train.jsonl"], ["test.jsonl"])
    assert told["span_f1"] > 0.9
    assert_told(told, "span_f1", "sure_precision")
