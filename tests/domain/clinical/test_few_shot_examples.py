import json

import pytest

from domain.clinical.drafting import DraftContext, few_shot_examples
from domain.clinical.drafting.few_shot_examples import FewShotExample, FewShotExamples
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.jsonl import RowsUnreadable
from domain.clinical.records.template import TemplateField
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.prompts import parse

COUGH = FewShotExample(heading="HPI", dialogue="Patient: I cough at night.", text="Night-time cough.")
KNEE = FewShotExample(heading="HPI", dialogue="Patient: My left knee hurts.", text="Left knee pain.")
SMOKER = FewShotExample(heading="Social", dialogue="Patient: I smoke.", text="Smoker.")
PARTS = FewShotExamples.of([COUGH, KNEE, SMOKER])
PROMPT = parse(
    "---\nvariables: [heading, lines]\n---\n## system\nWrite.\n## user\n{{ heading }}\n{{ lines }}", name="p"
)


def test_the_most_similar_part_of_the_same_heading_is_shown_last() -> None:
    shown = PARTS.similar("HPI", "Patient: My right knee hurts when I walk.")

    assert shown == [COUGH, KNEE]


def test_an_unknown_heading_has_nothing_to_show() -> None:
    assert PARTS.similar("Plan", "Patient: My knee hurts.") == []
    assert "Plan" not in PARTS


def test_similar_talk_is_shown_as_questions_that_were_answered() -> None:
    messages = PARTS.messages(PROMPT, "Social", "Patient: I smoke a pack a day.")

    assert messages == [
        {"role": "user", "content": "Social\nPatient: I smoke."},
        {"role": "assistant", "content": "Smoker."},
    ]


def test_a_part_too_long_to_be_shown_beside_others_is_not_shown() -> None:
    long = FewShotExample(heading="HPI", dialogue="Patient: " + "my knee hurts " * 400, text="Knee pain.")

    assert FewShotExamples.of([long, COUGH]).similar("HPI", "Patient: my knee hurts") == [COUGH]


def test_a_line_that_is_no_part_is_named_and_not_repeated() -> None:
    good = json.dumps(COUGH.model_dump())

    with pytest.raises(RowsUnreadable, match="line 2") as caught:
        FewShotExamples.read(f'{good}\n{{"heading": "HPI", "dialogue": "secret"}}')
    assert "secret" not in str(caught.value)


def test_each_sentence_is_held_against_the_lines_it_was_made_of() -> None:
    talk = ClinicalTranscript.from_text(
        "Doctor: Any surgeries?\nPatient: Yes, on my knee.\nDoctor: Which one?\nPatient: The right one, in 2004."
    )
    field = TemplateField(key="text", title="Text")

    made, invented = few_shot_examples.text_statements(
        "Right knee surgeries in 2004. Appendectomy in 1999.",
        "history",
        field,
        DraftContext(talk, built_in(), find_assertion),
    )

    assert made.is_exported
    assert {span.utterance for span in made.spans} >= {1, 3}
    assert not invented.is_exported


def test_running_text_that_does_not_tell_a_finding_leaves_it_out() -> None:
    text = (
        "The patient has had a cough for two weeks, with a little white phlegm in the morning. "
        "He denies any fever, and he takes no medicines."
    )

    assert few_shot_examples.is_left_out("The left knee hurts on the stairs.", text)
    assert not few_shot_examples.is_left_out("Denies any fever.", text)


def test_an_entry_of_a_few_words_was_meant_to_say_no_more() -> None:
    assert not few_shot_examples.is_left_out("The patient breaks out in hives.", "Penicillin.")


def test_what_is_left_out_of_chinese_text_is_seen_by_its_characters() -> None:
    text = "患者两周前无明显诱因出现咳嗽，伴少量白痰，晨起明显，无发热，未服药。"

    assert few_shot_examples.is_left_out("左膝上下楼时疼痛。", text)
    assert not few_shot_examples.is_left_out("咳嗽两周，伴白痰。", text)
