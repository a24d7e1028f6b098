"""Which sentence of what was found answers, by the shipped reader, without vectors."""

from uuid import uuid4

import pytest

from apps.answering.quotes import evidence_of
from apps.knowledge.retrieval import Question
from apps.knowledge.selectors import Hit


def hit(heading: str, text: str, language: str, rank: int) -> Hit:
    score = 1.0 - 0.3 * rank
    return Hit(uuid4(), uuid4(), "Handbook", heading, text, language, score, score, None, rank + 1, None)


def test_in_a_handbook_of_two_languages_the_other_one_answers_though_it_shares_no_words() -> None:
    question = Question("who's on duty if something urgent happens in the middle of the night?")
    desk = hit("Check-in", "The desk is on duty until 21:00, in the middle of the hall.", "en", 0)
    urgent = hit("夜间急事", "21:00以后有急事，请按门廊的红色电铃，值夜的是老吴。", "zh", 1)

    found = evidence_of([question], [desk, urgent])

    assert found.sentences[0].text == urgent.text


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (
            "周四营业吗",
            "店里的事：周三至周五 13:00 到 20:00 开放。每周一、周二不营业。",
            "店里的事：周三至周五 13:00 到 20:00 开放。",
        ),
        (
            "are you open on a tuesday?",
            "We are open from Thursday to Monday. Breakfast is served at weekends only.",
            "We are open from Thursday to Monday.",
        ),
    ],
)
def test_a_sentence_of_other_days_does_not_come_before_the_one_of_the_day_asked_about(
    question: str, text: str, answer: str
) -> None:
    language = "en" if question.isascii() else "zh"

    found = evidence_of([Question(question)], [hit("", text, language, 0)])

    assert found.sentences[0].text == answer
