from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from domain.clinical.drafting import DraftContext, extraction_schema
from domain.clinical.drafting.by_model import section_fields
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.records.record import Statement, Status, Support
from domain.clinical.records.template import TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript

TRANSCRIPT = ClinicalTranscript.from_text(
    "医生：哪里不舒服？\n"
    "患者：头疼三天了，可能有点发烧。\n"
    "医生：咳嗽吗？\n"
    "患者：不咳嗽。左边膝盖疼。我妈妈有糖尿病。\n"
    "医生：射血分数百分之九十五。如果呕吐就马上来医院。"
)
SECTION = TemplateSection(
    key="history",
    title="病史",
    division="subjective",
    fields=[
        TemplateField(key="story", title="经过"),
        TemplateField(key="symptoms", title="症状", kind="findings"),
        TemplateField(key="side", title="侧别", kind="choice", choices=["左", "右"]),
        TemplateField(key="fraction", title="射血分数", kind="number", unit="%", low=5, high=90),
        TemplateField(key="vitals", title="体征", kind="vitals"),
    ],
)
NOTHING: dict[str, list[Any]] = {"story": [], "symptoms": [], "side": [], "fraction": []}


def statements(field: str, *answers: dict[str, Any]) -> list[Statement]:
    answer = extraction_schema.section_schema(SECTION).model_validate({**NOTHING, field: list(answers)})
    found = section_fields(SECTION, [answer], DraftContext(TRANSCRIPT, built_in(), find_assertion))
    return next(each.statements for each in found if each.key == field)


def symptom(line: int, quote: str, text: str) -> Statement:
    (statement,) = statements("symptoms", {"lines": [line], "quote": quote, "text": text})
    return statement


def test_the_schema_asks_for_everything_but_vital_signs_and_for_nothing_else() -> None:
    schema = extraction_schema.section_schema(SECTION)

    assert set(schema.model_fields) == {"story", "symptoms", "side", "fraction"}
    with pytest.raises(ValidationError):
        schema.model_validate({**NOTHING, "verdict": "healthy"})
    with pytest.raises(ValidationError):
        schema.model_validate({**NOTHING, "side": [{"lines": [4], "quote": "左边", "choice": "both"}]})


def test_rules_decide_the_status_of_a_bare_finding_and_its_wording_says_it() -> None:
    found = [symptom(2, "头疼", "头痛"), symptom(4, "咳嗽", "咳嗽"), symptom(4, "糖尿病", "糖尿病")]

    assert [(each.status, each.text) for each in found] == [
        (Status.PRESENT, "头痛"),
        (Status.DENIED, "否认咳嗽"),
        (Status.FAMILY, "家族史：糖尿病"),
    ]
    assert all(each.support is Support.SUPPORTED for each in found)


def test_doubt_stays_doubt() -> None:
    assert symptom(2, "发烧", "发热").status is Status.UNSURE


@pytest.mark.parametrize(
    ("line", "quote", "text"), [(2, "头疼", "否认头痛"), (2, "头疼", "无头痛"), (5, "呕吐", "呕吐")]
)
def test_a_status_the_words_do_not_bear_out_is_refused(line: int, quote: str, text: str) -> None:
    assert [problem.code for problem in symptom(line, quote, text).problems] == ["wrong_status"]


def test_a_choice_and_a_number_need_words_too() -> None:
    (side,) = statements("side", {"lines": [4], "quote": "左边膝盖疼", "choice": "左"})
    (wrong_side,) = statements("side", {"lines": [4], "quote": "左边膝盖疼", "choice": "右"})
    (fraction,) = statements("fraction", {"lines": [5], "quote": "射血分数百分之九十五", "number": 95})
    (invented,) = statements("fraction", {"lines": [5], "quote": "射血分数百分之九十五", "number": 55})

    assert side.support is Support.SUPPORTED
    assert wrong_side.problems[0].code == "wrong_side"
    assert (fraction.text, fraction.number, fraction.unit) == ("95 %", 95, "%")
    assert fraction.support is Support.SUPPORTED
    assert invented.problems[0].code == "wrong_number"


def test_a_number_outside_of_what_the_template_expects_is_questioned_and_kept() -> None:
    (fraction,) = statements("fraction", {"lines": [5], "quote": "百分之九十五", "number": 95})

    assert fraction.is_exported
    assert [problem.code for problem in fraction.problems] == ["out_of_range"]


def test_what_says_that_there_is_nothing_is_no_statement_and_repeats_count_once() -> None:
    answers = [{"lines": [2], "text": text} for text in ("头疼三天。", "头痛3天", "未提及", "N/A", " ")]

    assert [each.text for each in statements("story", *answers)] == ["头疼三天。"]


def test_a_question_and_a_bare_answer_are_no_statements() -> None:
    asked = {"lines": [3], "text": "咳嗽吗？"}
    bare = [{"lines": [4], "quote": word, "text": word} for word in ("有", "没有", "不")]

    assert statements("story", asked, {"lines": [1], "text": "哪里不舒服？"}) == []
    assert statements("symptoms", *bare) == []
    assert [s.text for s in statements("side", {"lines": [4], "quote": "左边", "choice": "左"})] == ["左"]


def test_lines_that_do_not_exist_are_passed_over() -> None:
    (statement,) = statements("story", {"lines": [99, -3], "text": "头疼三天。"})

    assert statement.support is Support.SUPPORTED
    assert statement.spans[0].utterance == 1


def test_a_long_transcript_is_asked_in_parts_that_overlap_and_fit() -> None:
    talk = ClinicalTranscript.from_text("\n".join(f"患者：第{number}天头疼得厉害" for number in range(60)))

    parts = list(extraction_schema.split_transcript(talk, tokens=200))

    assert len(parts) > 3
    assert parts[0].first == 0
    assert parts[-1].last == 60
    assert all(later.first == earlier.last - 2 for earlier, later in pairwise(parts))
    assert parts[1].lines.startswith(f"{parts[1].first + 1} patient: ")
