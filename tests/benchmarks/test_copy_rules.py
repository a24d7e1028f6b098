"""The measure of copy rules reads its planted marks, covers every channel, and the half kept out holds its bars."""

import pytest

from benchmarks import copy_rules
from benchmarks.copy_rules import FREE_WORDING, HALVES, Copy, PlantedViolation, copies, verdict
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.channels import channels

EVERY = {name: list(copies(path)) for name, path in HALVES.items()}


def test_three_hundred_texts_stand_on_every_channel_in_both_languages_and_many_are_clean() -> None:
    assert sum(map(len, EVERY.values())) >= 300
    assert all(len(each) >= 150 for each in EVERY.values())
    for half in EVERY.values():
        assert {each.channel for each in half} == set(channels())
        assert {each.language for each in half} == {"zh", "en"}
        assert sum(not each.planted for each in half) > len(half) / 3


def test_what_no_list_was_expected_to_know_is_measured_beside_them() -> None:
    free = list(copies(FREE_WORDING))
    assert len(free) == 20
    assert sum(not each.planted for each in free) == 10


def test_no_product_stands_in_both_halves() -> None:
    tuning, held_back = ({each.brief.product for each in EVERY[name]} for name in ("tuning", "held_back"))
    assert not tuning & held_back


def test_marks_are_taken_out_and_stand_for_places() -> None:
    copy = next(each for each in EVERY["tuning"] if "史上最强云南豆" in each.fields.values())
    (planted,) = [each for each in copy.planted if each.field == "title"]
    assert copy.fields["title"][planted.start : planted.end] == "史上最强"
    assert not any(
        "⟦" in text or "⟧" in text
        for half in EVERY.values()
        for each in half
        for text in each.fields.values()
    )


@pytest.mark.parametrize(
    ("planted", "right", "wrong", "found"),
    [
        ([PlantedViolation("absolute_claim", "text", 0, 2)], 1, 0, 1),
        ([PlantedViolation("absolute_claim", "text", 4, 5)], 0, 1, 0),
        ([PlantedViolation("food_claim", "text", 0, 2)], 0, 1, 0),
        ([], 0, 1, 0),
    ],
)
def test_a_violation_counts_where_code_field_and_place_agree(
    planted: list[PlantedViolation], right: int, wrong: int, found: int
) -> None:
    copy = Copy("moments", "zh", BriefFacts("茶"), {"text": "最好喝的茶"}, (), tuple(planted))
    judged = verdict(copy)
    assert (len(judged.right), len(judged.wrong), len(judged.found)) == (right, wrong, found)


@pytest.mark.slow
def test_the_half_that_was_kept_out_holds_its_bars() -> None:
    figures = copy_rules.run()
    assert figures["precision"] >= 0.98
    assert figures["recall"] >= 0.98
    assert set(figures["by_channel"]) == set(channels())
    assert figures["turned_round_shown"] == 0
    assert figures["right_dropped"] <= 0.05
