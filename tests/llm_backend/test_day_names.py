"""Days of the week in a sentence are read as whoever asks calls them."""

import pytest

from llm_backend.day_names import in_words_of, tells_of_asked


@pytest.mark.parametrize(
    ("question", "sentence", "read"),
    [
        ("周四营业吗", "门店星期一至星期五 9:30 开门。", "门店周四 9:30 开门。"),
        ("礼拜天开门吗", "周日 10 点开门。", "礼拜天 10 点开门。"),
        ("你们周末几点关门", "星期六、星期日 20:00 关门。", "周末 20:00 关门。"),
        ("周末几点关门", "周六 20:00，周日 18:00。", "周末 20:00，周末 18:00。"),
        (
            "Open on Wednesday?",
            "Mon–Fri 10:00, Saturday and Sunday 9:00.",
            "Wednesday 10:00, Saturday and Sunday 9:00.",
        ),
        ("Is it open on weekdays?", "Monday to Friday from 10.", "weekdays from 10."),
        ("Are you open on Sundays?", "Open daily from 9.", "Open Sundays from 9."),
        ("周日可以来接吗", "周一到周六可以接送。", "周一到周六可以接送。"),
        ("你们每天都开吗", "周一到周五 9:30 开门。", "周一到周五 9:30 开门。"),
        ("几点开门", "周一到周五 9:30 开门。", "周一到周五 9:30 开门。"),
    ],
)
def test_a_day_that_lies_within_those_of_a_sentence_is_read_under_its_own_name(
    question: str, sentence: str, read: str
) -> None:
    assert in_words_of(question, sentence) == read


@pytest.mark.parametrize(
    ("question", "sentence", "is_told"),
    [
        ("周四营业吗", "周三至周五 13:00 到 20:00 开放。", True),
        ("周四营业吗", "每周一、周二不营业。", False),
        ("Are you open on Thursdays?", "每周一、周二不营业。", False),
        ("when do you close on saturdays", "We are closed on Fridays and Sundays.", False),
        ("Can you do it on Monday?", "Wheels are trued on Wednesdays only.", None),
        ("周四营业吗", "请提前一天预约。", None),
        ("几点开门", "周三至周五开放。", None),
    ],
)
def test_a_sentence_tells_of_the_day_asked_about_or_of_others_alone(
    question: str, sentence: str, is_told: bool | None
) -> None:
    assert tells_of_asked(question, sentence) is is_told
