"""Words of a recording that were heard with little certainty are found in it, and in a wording that rests on it."""

from domain.clinical.grounding.low_confidence import heard_words, mark_words
from domain.clinical.records.record import Span
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.speech.transcripts import Segment, Word


def transcript(text: str, *words: tuple[str, float]) -> ClinicalTranscript:
    timed = tuple(Word(word, second, second + 1, sure) for second, (word, sure) in enumerate(words))
    return ClinicalTranscript.from_segments([Segment(0, 9, "好的。"), Segment(0, 9, text, timed)])


SPOKEN = transcript(
    "广州市佛地产中间协会。",
    *(("广州", 0.9), ("市", 0.9), ("佛", 0.2), ("地产", 0.9), ("中", 0.4), ("间", 0.3), ("协会", 0.9)),
)


def test_neighbours_are_one_place_of_the_whole_text() -> None:
    assert [SPOKEN.text[begin:end] for begin, end in SPOKEN.low_confidence_places] == ["佛", "中间"]


def test_a_statement_shows_what_it_rests_on() -> None:
    start, _end = SPOKEN.bounds(1)

    first = heard_words(SPOKEN, [Span(start=start, end=start + 6, utterance=1)])

    assert first == ["佛"]
    assert [(each.text, each.has_low_confidence) for each in mark_words("广州佛地产。", first)] == [
        ("广州", False),
        ("佛", True),
        ("地产。", False),
    ]


def test_a_number_written_out_is_marked_where_it_stands() -> None:
    said = transcript("吃100毫克。", ("吃", 0.9), ("一", 0.4), ("百", 0.9), ("毫克", 0.9))

    assert [said.text[begin:end] for begin, end in said.low_confidence_places] == ["100"]


def test_a_wording_without_the_word_stays_whole() -> None:
    assert [each.text for each in mark_words("否认发热。", ["佛"])] == ["否认发热。"]


def test_a_typed_text_has_no_such_words() -> None:
    assert ClinicalTranscript.from_text("医生：您好。\n患者：咳嗽。").low_confidence_places == []
