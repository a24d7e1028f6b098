"""Suites of exams are read into questions of the model lab, and two models are held against each other."""

import json
from pathlib import Path

from benchmarks import model_suites


def test_a_legal_question_says_what_to_choose_and_is_parted_from_its_choices(tmp_path: Path) -> None:
    asked = "请你从A,B,C,D中选出可以反驳这一观点的一项，并写在[正确答案]和<eoa>之间。例如[正确答案]A<eoa>。"
    rows = [
        {
            "instruction": asked,
            "question": "哪一项须组成合议庭?A:宣告失踪;B:认定财产无主;C:选民资格;D:宣告死亡。",
            "answer": "正确答案：C。",
        },
        {"instruction": asked, "question": "哪些正确?A:甲;B:乙;C:丙;D:丁。", "answer": "正确答案：AC。"},
    ]
    for task in model_suites.LAWBENCH_TASKS:
        (tmp_path / f"{task}.json").write_text(json.dumps(rows), encoding="utf-8")

    (kind, text, expected), *others = model_suites._lawbench(tmp_path)

    assert kind == "choice"
    assert text == "请你从A,B,C,D中选出可以反驳这一观点的一项。\n哪一项须组成合议庭?"
    assert len(others) == len(model_suites.LAWBENCH_TASKS) - 1, "those with one right choice"
    assert expected == {
        "options": "宣告失踪\n认定财产无主\n选民资格\n宣告死亡",
        "answer": "C",
    }


def test_arithmetic_expects_the_number_behind_the_mark(tmp_path: Path) -> None:
    row = {"question": "How many?", "answer": "2 + 3 = 5\n#### 1,005"}
    (tmp_path / "test.jsonl").write_text(json.dumps(row), encoding="utf-8")

    assert list(model_suites._gsm8k(tmp_path)) == [("number", "How many?", {"answer": "1,005"})]


def test_the_programs_come_with_their_package() -> None:
    rows = list(model_suites._humaneval(Path()))

    assert len(rows) == 164
    kind, text, expected = rows[0]
    assert (kind, expected["entry_point"]) == ("code", "has_close_elements")
    assert "def has_close_elements" in text
    assert "def check(candidate)" in expected["tests"]


def test_the_difference_counts_only_what_one_of_them_knew() -> None:
    one, other = [True] * 60 + [False] * 40, [True] * 40 + [False] * 60

    figures = model_suites._comparison({"one": (one, 10.0), "other": (other, 5.0)})

    assert figures["accuracy"] == {"one": 0.6, "other": 0.4}
    assert figures["paired_difference"] == 0.2
    assert figures["paired_interval"][0] > 0
