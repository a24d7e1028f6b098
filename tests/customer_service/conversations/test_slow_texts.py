"""What becomes of texts that take too long to read or to check: a clear state, never a silent pass."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import numpy as np
import pytest

from apps.answering import citation_check
from apps.answering.passages import NumberedPassage
from apps.core import bounded_calls
from apps.customer_service.answering import services as answering
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.understanding import bounded_classification
from domain.text.understanding.classifier import Classifier
from domain.text.understanding.examples import Examples
from domain.text.understanding.message_reading import Judge, Reader, Reading

DELIVERY = NumberedPassage(1, uuid4(), "Handbook", "Delivery", "Delivery takes two to four working days.")
TRUE = "Delivery takes two to four working days [1]."


@pytest.fixture
def no_child_is_free(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As while all of them read what never ends."""
    monkeypatch.setattr(bounded_calls, "QUEUE_SECONDS", 0.01)
    children = bounded_calls._children()
    taken = [children.get() for _ in range(bounded_calls.CHILDREN)]
    yield
    for child in taken:
        children.put(child)


def checked(text: str) -> citation_check.CheckedAnswer:
    return citation_check.check_in_child(
        text, [DELIVERY], similarity=lambda _sentence, texts: [0.95 for _ in texts]
    )


def test_an_answer_is_checked_in_the_child_as_it_would_be_here() -> None:
    texts = [DELIVERY.text]

    assert checked(TRUE) == citation_check.checked_answer(TRUE, texts)
    assert checked("Lieferung dauert zwei bis vier Tage [1].").text


def test_what_the_child_cannot_ask_a_model_is_asked_for_it() -> None:
    """Words of two languages cannot be compared; only the meaning supports this."""
    assert checked("送货需要两到四个工作日[1]。").sentences[0].is_supported


@pytest.mark.usefixtures("no_child_is_free")
def test_an_answer_that_cannot_be_checked_in_time_counts_as_unsupported() -> None:
    answer = checked(TRUE)

    assert (answer.text, answer.has_support) == (TRUE, False)
    assert citation_check.without_unsupported(answer).text == ""


@pytest.mark.usefixtures("no_child_is_free")
def test_a_message_that_cannot_be_held_against_the_rules_is_not_waved_through() -> None:
    with pytest.raises(bounded_calls.TookTooLong):
        answering._trigger_in("I want a person. " * 50, DeskSettings())


def test_a_child_that_has_not_seen_a_classifier_asks_for_it() -> None:
    vectors = np.eye(4, dtype=np.float32)
    examples = Examples(
        ["good", "great", "bad", "awful"], vectors, ["positive", "positive", "negative", "negative"]
    )
    arrays = Classifier.trained(examples).to_bytes()
    name = str(uuid4())

    asked = (["now!"], vectors[:1], date(2026, 1, 1))

    assert bounded_calls.call(Reader(Judge(name)).read, *asked) is None
    [reading] = bounded_calls.call(Reader(Judge(name, arrays)).read, *asked) or []

    assert reading.sentiment
    assert reading.sentiment.label == "positive"


@pytest.mark.usefixtures("no_child_is_free")
def test_messages_that_take_too_long_are_not_understood_and_end_nothing() -> None:
    reader, vectors = Reader(Judge("any")), np.zeros((2, 4), dtype=np.float32)

    assert bounded_classification._read(reader, ["one", "two"], vectors) == [Reading(), Reading()]
