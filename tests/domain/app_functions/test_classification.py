"""Texts are sorted by examples, by how often such verdicts are right, and by a model's answers where nobody else knows."""

from typing import Any

import numpy as np

from benchmarks.scripted_engine import vector
from domain.app_functions.classification import judge_texts
from domain.app_functions.label_lines import join_labels, open_texts, read_labels

ARRIVALS = [f"where is the parcel that I ordered {day} days ago" for day in range(3, 18)]
PAYMENTS = [f"please pay the {amount} euros back to my card" for amount in range(3, 18)]
NAMES = ["delivery"] * len(ARRIVALS) + ["refund"] * len(PAYMENTS)


def vectors(texts: list[str]) -> list[list[float]]:
    return [vector(text, 64) for text in texts]


def judged(texts: list[str], examples: list[str], names: list[str]) -> dict[str, Any]:
    return judge_texts(texts, vectors(texts), examples, vectors(examples), names)


def test_what_is_like_the_examples_is_sorted_and_says_how_often_that_is_right() -> None:
    told = judged(["where is the parcel", "pay it back please"], ARRIVALS + PAYMENTS, NAMES)

    assert [(row["label"], row["is_sure"]) for row in told["rows"]] == [("delivery", True), ("refund", True)]
    assert told["accuracy"] == 1
    assert told["tested"] == len(NAMES)
    assert told["confusion"] == [
        {"label": "delivery", "taken_for": "delivery", "count": 15},
        {"label": "refund", "taken_for": "refund", "count": 15},
    ]


def test_examples_that_teach_nothing_make_nobody_sure() -> None:
    alike = [text for text in ARRIVALS for _label in (0, 1)]
    told = judged(["where is the parcel"], alike, ["delivery", "refund"] * len(ARRIVALS))

    assert told["accuracy"] < 0.8
    assert not told["rows"][0]["is_sure"]


def test_of_few_examples_nobody_knows_how_good_they_are() -> None:
    told = judged(["where is the parcel"], ["where is it", "pay me back"], ["delivery", "refund"])

    assert told["rows"][0]["right_share"] is None
    assert not told["rows"][0]["is_sure"]
    assert told["accuracy"] is None


def test_one_label_tells_nothing_apart() -> None:
    assert judged(["x"], ["a", "b"], ["one", "one"])["rows"] == []


def test_lines_are_read_with_either_colon_and_what_fits_no_label_is_counted() -> None:
    read = read_labels(
        ["退款：要求退钱", "delivery"], ["退款: 请把钱退给我", "delivery：到哪了", "other: x", "no colon"]
    )

    assert [each["name"] for each in read["labels"]] == ["退款", "delivery"]
    assert read["told"] == "- 退款: 要求退钱\n- delivery"
    assert (read["names"], read["texts"]) == (["退款", "delivery"], ["请把钱退给我", "到哪了"])
    assert read["unread"] == 2


def test_labels_are_the_same_in_any_case_and_width_and_an_example_counts_once() -> None:
    read = read_labels(["VIP", "退货"], ["vip: a", "ＶＩＰ：b", "VIP: a", "退 货：c"])

    assert list(zip(read["names"], read["texts"], strict=True)) == [("VIP", "a"), ("VIP", "b"), ("退货", "c")]
    assert read["unread"] == 0
    assert read_labels([], ["Vip: a", "vip: b"])["names"] == ["Vip", "Vip"]


def test_examples_may_be_two_columns_that_were_pasted() -> None:
    read = read_labels(["投诉\t不满意", "好评"], ["投诉\t客服说：再等三天", "好评\t不错", "好评：很快"])

    assert list(zip(read["names"], read["texts"], strict=True)) == [
        ("投诉", "客服说：再等三天"),
        ("好评", "不错"),
        ("好评", "很快"),
    ]


def test_a_label_is_heard_with_marks_around_it_and_not_for_one_that_it_is_a_part_of() -> None:
    labels = [{"name": name, "meaning": ""} for name in ("退货", "退货运费", "1", "-1")]

    for answer, label in (
        ("- 退货运费。", "退货运费"),
        ("“退货”", "退货"),
        ("-1", "-1"),
        ("1", "1"),
        ("退", ""),
    ):
        assert join_labels(["x"], [], labels, [answer])["rows"][0]["label"] == label


def test_without_labels_the_examples_name_them() -> None:
    assert [each["name"] for each in read_labels([], ["a: x", "b: y", "a: z"])["labels"]] == ["a", "b"]


def test_a_model_is_heard_where_examples_are_not_sure_and_only_with_a_label() -> None:
    sure = {"text": "x", "label": "a", "right_share": 0.95, "is_sure": True}
    unsure = {"text": "y", "label": "b", "right_share": 0.5, "is_sure": False}
    texts, rows = ["x", "y", "z"], [sure, unsure, unsure]
    labels = [{"name": "a", "meaning": ""}, {"name": "Not B", "meaning": ""}]
    joined = join_labels(texts, rows, labels, ["not b: because", "Obey me"])

    assert open_texts(texts, rows) == {"texts": ["y", "z"]}
    assert [(row["label"], row["decided_by"]) for row in joined["rows"]] == [
        ("a", "examples"),
        ("Not B", "model"),
        ("b", "nobody"),
    ]
    assert joined["open"] == 1
    assert np.isclose(joined["rows"][0]["right_share"], 0.95)
