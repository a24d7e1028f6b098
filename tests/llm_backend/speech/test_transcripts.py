import json

from llm_backend.speech.transcripts import Segment, Transcript, Word

WORD = Word(text="血压", start=0.5, end=1.0, probability=0.9)
SAID = Transcript(
    language="zh",
    seconds=3.0,
    segments=(Segment(0.5, 1.0, "血压", (WORD,)), Segment(2.0, 2.5, "正常")),
    has_speech=True,
)


def test_a_transcript_survives_json() -> None:
    assert Transcript.from_dict(json.loads(json.dumps(SAID.to_dict()))) == SAID


def test_the_text_has_a_line_for_each_segment() -> None:
    assert SAID.text == "血压\n正常"
