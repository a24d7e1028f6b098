"""Days, dates, hours and ages in a sentence are read as whoever asks calls them."""

import pytest

from domain.text.answer_sentences.reader import in_words_of, tells_of_asked_day


@pytest.mark.parametrize(
    ("question", "sentence", "read"),
    [
        ("周四营业吗", "门店星期一至星期五 9:30 开门。", "门店周四 9:30 开门。"),
        ("礼拜天开门吗", "周日 10 点开门。", "礼拜天 10 点开门。"),
        ("你们周末几点关门", "星期六、星期日 20:00 关门。", "周末 20:00 关门。"),
        ("周末几点关门", "周六 20:00，周日 18:00。", "周末 20:00，周末 18:00。"),
        ("Is it open on weekdays?", "Monday to Friday from 10.", "weekdays from 10."),
        ("Are you open on Sundays?", "Open daily from 9.", "Open Sundays from 9."),
        ("七月份晚上几点关", "7月1日至8月31日每天开放。", "七月份每天开放。"),
        ("三月还有草莓吗", "草莓12月至次年4月。", "草莓三月。"),
        ("6月能去吗", "5-9月开放。", "6月开放。"),
        ("What time in July?", "From June to August we open at 2 pm.", "From July we open at 2 pm."),
        ("Is it open on 20 August?", "Closed from 1 June to 30 September.", "Closed from 20 August."),
        ("晚上七点能洗衣服吗", "洗衣机8:00至20:00可用。", "洗衣机晚上七点可用。"),
        ("开到九点吗", "11:00至21:00营业。", "九点营业。"),
        ("Can I come at 6pm?", "Happy hour is from 5 to 7 pm.", "Happy hour is from 6pm."),
        ("open at midnight?", "Open from 7 pm until 2 am.", "Open from midnight."),
    ],
)
def test_what_is_asked_about_is_read_under_its_own_name_where_a_sentence_holds_it(
    question: str, sentence: str, read: str
) -> None:
    assert in_words_of(question, sentence) == read


@pytest.mark.parametrize(
    ("question", "sentence", "read"),
    [
        ("周日可以来接吗", "周一到周六可以接送。", "周一到周六（非周日）可以接送。"),
        (
            "Open on Wednesday?",
            "Mon–Fri 10:00, Saturday and Sunday 9:00.",
            "Wednesday 10:00, Saturday and Sunday (not Wednesday) 9:00.",
        ),
        ("十月开吗", "5月到9月开放。", "5月到9月（非十月）开放。"),
        ("Is it open in May?", "We open in June.", "We open in June (not May)."),
        ("晚上八点半还能用吗", "8:00至20:00可用。", "8:00至20:00（非晚上八点半）可用。"),
        ("at 5 pm?", "Between 10 am and 4 pm.", "Between 10 am and 4 pm (not 5 pm)."),
    ],
)
def test_what_lies_outside_is_said_to_be_none_of_them(question: str, sentence: str, read: str) -> None:
    assert in_words_of(question, sentence) == read


@pytest.mark.parametrize(
    ("question", "sentence", "read"),
    [
        ("我家娃8岁，能下水么", "未满10周岁的孩子须有人陪。", "未满10周岁 (8岁)的孩子须有人陪。"),
        (
            "12岁的呢",
            "满10周岁而未满14周岁的，可以独自入馆。",
            "满10周岁而未满14周岁 (12岁)的，可以独自入馆。",
        ),
        (
            "How much for her, she's 9?",
            "Children under 12 pay half.",
            "Children under 12 (she's 9) pay half.",
        ),
        (
            "my 12 year old",
            "Juniors between 10 and 17 train.",
            "Juniors between 10 and 17 (12 year old) train.",
        ),
    ],
)
def test_an_age_stands_beside_the_rule_that_is_for_it(question: str, sentence: str, read: str) -> None:
    assert in_words_of(question, sentence) == read


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("你们每天都开吗", "周一到周五 9:30 开门。"),
        ("几点开门", "周一到周五 9:30 开门。"),
        ("May I bring a dog?", "We are closed in June."),
        ("六月能去吗", "满三个月后可以改一次。"),
        ("my son is 8", "The wait is under 12 minutes."),
        ("8岁能下水吗", "满10周岁的可以独自入馆。"),
        ("我六点能到", "押金五元。"),
    ],
)
def test_a_sentence_that_names_nothing_of_the_kind_asked_about_is_read_as_it_stands(
    question: str, sentence: str
) -> None:
    assert in_words_of(question, sentence) == sentence


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
    assert tells_of_asked_day(question, sentence) is is_told
