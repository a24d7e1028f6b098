"""A side that is taken back by somebody else, and the complaint of whoever begins with it."""

import pytest

from tests.domain.clinical.test_conversation import draft, texts


@pytest.mark.parametrize(
    ("template", "talk", "place", "written"),
    [
        (
            "zh_outpatient",
            "医生：开过刀没有？\n患者女儿：疝气做过，右边的。\n患者：不是右边，是左边的疝气。",
            "past_history.operations",
            "疝气做过，右边的。不是右边，是左边的疝气。",
        ),
        (
            "en_soap",
            "Doctor: Any operations?\nWife: He had his right hernia repaired in 2010.\nPatient: No, the left one.",
            "background.surgeries",
            "He had his right hernia repaired in 2010. No, the left one.",
        ),
    ],
)
def test_a_side_that_somebody_else_takes_back_stands_with_what_it_was_said_of(
    template: str, talk: str, place: str, written: str
) -> None:
    assert texts(draft(talk, template, "male"), place) == [written]


def test_what_somebody_begins_with_is_the_complaint_and_no_reaction_that_was_told_later() -> None:
    record = draft(
        "医生：老先生，怎么了？\n患者：小便费劲，站半天出不来。\n医生：以前吃过什么药？\n患者：非那雄胺吃了俩月，吃了没劲。"
    )

    assert texts(record, "chief_complaint.complaint") == ["小便费劲，站半天出不来。"]
