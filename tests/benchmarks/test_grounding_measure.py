"""The measure looks for itself: it must not believe a statement because the product does."""

import json
from pathlib import Path

import pytest

from benchmarks import grounding
from domain.clinical.records.record import Span, Statement, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript

TALK = ClinicalTranscript.from_text(
    "Patient: I take a thousand milligrams, thirty eight point five, 三十八度五。"
)


def holds(text: str, start: int, end: int, value: str = "") -> bool:
    spans = [Span(start=start, end=end, utterance=0)]
    statement = Statement(id="1", text=text, value=value, spans=spans, support=Support.SUPPORTED)
    return grounding.holds(statement, TALK)


@pytest.mark.parametrize("number", ["1000", "38.5"])
def test_numbers_are_found_however_they_are_said(number: str) -> None:
    assert holds(f"I take {number} milligrams", 0, len(TALK.text))


def test_numbers_values_and_words_that_are_not_there_are_not_found() -> None:
    assert not holds("I take 39.5 milligrams", 0, len(TALK.text))
    assert not holds("I take milligrams", 0, 6, value="milligrams")
    assert not holds("Headache and vomiting", 0, len(TALK.text))


def test_it_runs_on_conversations_of_the_known_forms(tmp_path: Path) -> None:
    turns = [
        {"speaker": "doctor", "text": "What brings you in?", "start": 0.0, "end": 1.5},
        {
            "speaker": "patient",
            "text": "I have had pain in my left knee for 3 days.",
            "start": 1.5,
            "end": 4.0,
        },
        {"speaker": "patient", "text": "I take ibuprofen 400 mg.", "start": 4.0, "end": 6.0},
    ]
    (tmp_path / "talk.json").write_text(json.dumps({"turns": turns}), encoding="utf-8")

    figures = grounding.run([tmp_path])

    assert (figures["true_spans"], figures["unsupported_exported"], figures["talks"]) == (1.0, 0, 1)
    assert figures["mutations_caught"] == 1.0
    assert figures["mutations"] >= 3
