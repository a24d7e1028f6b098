"""A short question that several topics answer equally well is asked back, once."""

from uuid import uuid4

import pytest

from apps.answering.passages import NumberedPassage
from apps.customer_service.answering import generation
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.selectors import Exchange


def exchange(question: str, *before: Message, language: str = "en") -> Exchange:
    return Exchange(Conversation(language=language), Message(text=question), question, list(before))


def found(*topics: tuple[str, float], text: str = "It takes three days.") -> list[NumberedPassage]:
    return [
        NumberedPassage(number, uuid4(), "Handbook", heading, text, score)
        for number, (heading, score) in enumerate(topics, start=1)
    ]


def asked_back(question: Exchange, passages: list[NumberedPassage]) -> str:
    answer = generation.question_back(question, passages)
    return answer.checked.text if answer else ""


EQUAL = found(("Delivery", 1.0), ("Terms › Refunds", 0.97))


def test_the_options_are_named_by_their_headings() -> None:
    text = asked_back(exchange("How long does it take?"), EQUAL)

    assert text == "Could you tell me a little more? Do you mean “Delivery” or “Refunds”?"


def test_the_options_can_be_chosen_with_a_click() -> None:
    answer = generation.question_back(exchange("How long does it take?"), EQUAL)

    assert answer is not None
    assert answer.options == ["Delivery", "Refunds"]


def test_chinese_visitors_are_asked_in_chinese() -> None:
    passages = found(("配送", 1.0), ("退款", 0.98), text="需要三天。")

    assert "“配送”还是“退款”" in asked_back(exchange("要多久？", language="zh-hans"), passages)


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        ("How long does it take?", found(("Delivery", 1.0), ("Refunds", 0.6))),
        ("How long does delivery take?", EQUAL),
        ("How long does it take until my parcel arrives in Hangzhou?", EQUAL),
        ("How long does it take?", found(("Delivery", 1.0), ("Delivery abroad", 0.99))),
        ("How long does it take?", [*found(("Delivery", 1.0)), *found(("配送", 1.0), text="需要三天。")]),
        ("How long does it take?", found(("Delivery", 1.0))),
        ("How long does it take?", []),
    ],
    ids=["one is better", "topic named", "question is long", "one topic", "two languages", "one", "none"],
)
def test_what_is_clear_enough_is_answered(question: str, passages: list[NumberedPassage]) -> None:
    assert asked_back(exchange(question), passages) == ""


def test_nobody_is_asked_back_twice_in_a_row() -> None:
    question = Message(author=Message.Author.VISITOR, text="Hm?")
    asked = Message(author=Message.Author.BOT, text="Which?", action=Message.Action.CLARIFY)
    answered = Message(author=Message.Author.BOT, text="So.", action=Message.Action.ANSWER)

    assert not generation.may_ask_back(exchange("Price?", question, asked))
    assert generation.may_ask_back(exchange("Price?", question, answered))


def test_a_follow_up_is_read_with_the_question_before_it() -> None:
    before = Message(author=Message.Author.VISITOR, text="I ask about delivery to Hangzhou.")

    assert asked_back(exchange("How long does it take?", before), EQUAL) == ""
