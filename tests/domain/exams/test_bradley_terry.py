"""Scores from votes on pairs: as published estimates have them, honest where votes are few, and none where none is known."""

import math

import pytest

from benchmarks import arena
from domain.exams.bradley_terry import MEAN, POINTS, Duel, strengths
from domain.exams.model_names import tells_name, tells_title


def test_two_models_stand_apart_by_the_odds_of_their_votes() -> None:
    found = strengths([Duel("A", "B", 75, 25)])

    assert found["A"].value - found["B"].value == pytest.approx(400 * math.log10(3), abs=0.01)
    assert found["A"].value + found["B"].value == pytest.approx(2 * MEAN)
    # Of one pair the likelihood is a binomial one, whose log odds have the variance 1/75 + 1/25.
    half = (found["A"].high - found["A"].low) / 2
    assert half == pytest.approx(1.96 * POINTS * math.sqrt(1 / 75 + 1 / 25) / 2, rel=1e-3)


def test_who_stands_first_in_a_duel_changes_nothing() -> None:
    one = strengths([Duel("A", "B", 30, 10, 5), Duel("C", "B", 12, 20)])
    other = strengths([Duel("B", "A", 10, 30, 5), Duel("B", "C", 20, 12)])

    for name, each in one.items():
        assert each.value == pytest.approx(other[name].value, abs=0.01)
        assert each.high == pytest.approx(other[name].high, abs=0.01)


def test_a_tie_is_half_a_win_for_each() -> None:
    tied = strengths([Duel("A", "B", 20, 0, 20)])
    decided = strengths([Duel("A", "B", 30, 10)])

    assert tied["A"].value == pytest.approx(decided["A"].value, abs=0.01)


def test_nothing_but_ties_are_not_taken_for_certainty() -> None:
    found = strengths([Duel("A", "B", 0, 0, 3)])

    assert found["A"].value == pytest.approx(found["B"].value)
    assert found["A"].high - found["A"].low > 200


def test_models_that_never_lost_or_never_met_have_no_score() -> None:
    found = strengths(
        [Duel("A", "B", 40, 30), Duel("best", "A", 50, 0), Duel("C", "D", 5, 5), Duel("B", "worst", 9, 0)]
    )

    assert set(found) == {"A", "B"}
    assert strengths([Duel("A", "B", 3, 0)]) == {}
    assert strengths([Duel("A", "A", 3, 3), Duel("A", "B", 0, 0)]) == {}
    assert strengths([]) == {}


def test_a_lopsided_record_still_has_an_end() -> None:
    found = strengths([Duel("A", "B", 100_000, 1)])

    assert found["A"].value - found["B"].value == pytest.approx(2000, abs=1)


@pytest.mark.slow
def test_known_strengths_come_back_in_order_and_within_their_intervals() -> None:
    figures = arena.run(votes=2000, seeds=10)

    assert figures["order_recovered"] == 10
    assert figures["interval_covers"] >= 8.5
    assert figures["interval_covers_with_ties"] >= 8.5
    assert sum(arena.KNOWN.values()) / len(arena.KNOWN) == MEAN


@pytest.mark.parametrize(
    ("text", "model", "tells"),
    [
        ("I am Qwen, made by Alibaba.", "Qwen2.5-7B-Instruct", True),
        ("As DEEPSEEK I think", "deepseek-ai/DeepSeek-V3", True),
        ("我是文心一言", "文心一言 4.5", True),
        ("Tea is a drink.", "Qwen2.5-7B-Instruct", False),
        ("The cost is o1", "o1", False),
        ("我是通义千问，由阿里云开发。", "Qwen3-30B-A3B", True),
        ("I was made by OpenAI.", "gpt-4o", True),
        ("我是智谱清言。", "zai-org/GLM-4.6", True),
        ("我是通义千问，由阿里云开发。", "deepseek-chat", False),
        ("The minimum is 3.", "gpt-4o-mini", False),
        ("As GPT-4 I think", "gpt-4o-mini", True),
        ("I am Llama.", "meta-llama/Meta-Llama-3-8B", True),
    ],
)
def test_an_answer_that_names_its_model_is_noticed(text: str, model: str, tells: bool) -> None:
    assert tells_name(text, model) is tells


@pytest.mark.parametrize(
    ("text", "title", "tells"),
    [
        ("The tower was built in 1889.", "Built-in chat model", False),
        ("我是豆包。", "Doubao (ep-20240501)", True),
        ("I am Qwen.", "Our Qwen in Hangzhou", True),
    ],
)
def test_of_the_title_of_an_endpoint_only_a_family_tells_a_name(text: str, title: str, tells: bool) -> None:
    assert tells_title(text, title) is tells
