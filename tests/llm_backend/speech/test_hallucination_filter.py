import pytest

from llm_backend.speech.hallucination_filter import Phrase, is_said
from llm_backend.speech.transcripts import Word


def phrase(text: str, *, probability: float = 0.9, log: float = -0.3) -> Phrase:
    words = tuple(Word(word, 0, 1, probability) for word in text.split())
    return Phrase(text, 0, 1, words, log_probability=log)


@pytest.mark.parametrize(
    "made_up",
    [
        phrase(""),
        phrase("语" * 40),
        phrase("thank you. " * 30),
        phrase("I don't know", probability=0.2),
        phrase("If you want", probability=0.4, log=-1.2),
        phrase("7", probability=0.1),
        phrase("Apollo 13", probability=0.2),
        phrase("Names: Aspirin, Ibuprofen"),
    ],
)
def test_what_models_make_up_is_left_out(made_up: Phrase) -> None:
    assert not is_said(made_up, "Names: Aspirin, Ibuprofen")


@pytest.mark.parametrize(
    "said",
    [
        phrase("Aspirin, twice a day"),
        phrase("no no no no"),
        phrase("8 8 8 8 8 8 8 8"),
        phrase("哈哈哈哈哈"),
        phrase("7", probability=0.2),
        phrase("book a room", probability=0.5),
    ],
)
def test_what_was_said_stays(said: Phrase) -> None:
    assert is_said(said, "Names: Aspirin, Ibuprofen")


def test_an_endpoint_that_tells_no_probabilities_is_believed() -> None:
    assert is_said(Phrase("hello there", 0, 1), "")
