"""Days of the week in a sentence are read as whoever asks calls them."""

import pytest

from llm_backend.day_names import in_words_of


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
