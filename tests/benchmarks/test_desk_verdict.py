"""The judge of the desk benchmark sees what it is there to see."""

import pytest

from benchmarks.desk import Act, SentMessage
from benchmarks.desk_verdict import StoredMessage, double_answers, lost_messages, person_spans


def messages(*authors: str) -> list[StoredMessage]:
    """One a second, in order."""
    return [
        StoredMessage(f"t{place}", "c", place, author, author, float(place))
        for place, author in enumerate(authors, start=1)
    ]


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (("visitor", "bot", "visitor", "bot"), 0),
        (("visitor", "visitor", "bot"), 0),
        (("visitor", "bot", "agent", "agent", "visitor", "agent"), 0),
        (("visitor", "bot", "notice", "bot"), 1),
        (("visitor", "agent", "bot"), 1),
    ],
)
def test_a_second_answer_counts_and_a_persons_addition_does_not(
    authors: tuple[str, ...], expected: int
) -> None:
    assert double_answers(messages(*authors), []) == expected


def test_an_answer_of_the_bot_while_a_person_answers_counts() -> None:
    took, gave_back = Act("c", "take-over", 1.1, 1.2), Act("c", "hand-back", 3.1, 3.2)

    assert double_answers(messages("visitor", "bot"), [took, gave_back]) == 1
    assert double_answers(messages("visitor", "visitor", "visitor", "bot"), [took, gave_back]) == 0


def test_two_answers_to_one_message_count() -> None:
    one, two = messages("visitor", "bot")
    again = StoredMessage("t9", "c", 4, "bot", "bot", 4.0, answers="t1")
    first = StoredMessage(two.id, "c", 2, "bot", "bot", 2.0, answers="t1")

    assert double_answers([one, first, StoredMessage("t3", "c", 3, "visitor", "x", 3.0), again], []) == 1


def test_what_overlaps_proves_nothing() -> None:
    assert person_spans([Act("c", "take-over", 1, 3), Act("c", "hand-back", 2, 4)]) == []
    assert person_spans([Act("c", "hand-back", 0, 0.5), Act("c", "replies", 1, 3)]) == [(3, float("inf"))]


def test_missing_changed_disordered_and_torn_messages_are_lost() -> None:
    stored = {"c": messages("visitor", "visitor")}
    right = [SentMessage("c", "t1", "visitor", "visitor"), SentMessage("c", "t2", "visitor", "visitor")]

    assert lost_messages(right, stored) == 0
    assert lost_messages([*right, SentMessage("c", "t3", "visitor", "visitor")], stored) == 1
    assert lost_messages([SentMessage("c", "t1", "other", "visitor")], stored) == 1
    assert lost_messages(right[::-1], stored) == 1
    assert lost_messages([], {"c": messages("visitor", "visitor", "bot")[::2]}) == 1
