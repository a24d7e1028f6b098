import pytest

from domain.clinical.grounding.contradictions import MAX_TAKEN_BACK, find_contradictions, flag_contradictions
from domain.clinical.grounding.statement_grounding import ground_statement
from domain.clinical.records.record import FieldContent, RecordContent, SectionContent, Statement, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.domain.clinical.assertions import plain_status


def found(text: str) -> list[tuple[str, str, str]]:
    transcript = ClinicalTranscript.from_text(text)
    return [
        (
            each.kind,
            transcript.text[each.first.start : each.first.end],
            transcript.text[each.second.start : each.second.end],
        )
        for each in find_contradictions(transcript, find_assertion=plain_status)
    ]


def test_two_doses_of_one_drug_contradict_each_other() -> None:
    assert found("Patient: I take lisinopril 20 mg.\nDoctor: You have lisinopril 40 milligrams.") == [
        ("dose", "lisinopril 20 mg", "lisinopril 40 milligrams")
    ]


def test_one_dose_said_twice_and_a_dose_that_is_changed_do_not() -> None:
    assert found("患者：我吃氨氯地平五毫克。\n医生：氨氯地平5mg，对吧。") == []
    assert found("医生：氨氯地平5毫克。\n医生：氨氯地平加到10毫克。") == []


def test_doses_of_two_drugs_are_not_mixed_up() -> None:
    assert (
        found("Patient: aspirin 81 mg and metformin 500 mg.\nPatient: metformin 500 mg, aspirin 81 mg.") == []
    )


def test_allergic_and_not_allergic() -> None:
    assert found("患者：我对青霉素过敏。\n患者：青霉素没有过敏。") == [
        ("allergy", "青霉素过敏", "青霉素没有过敏")
    ]


def test_left_and_right_of_one_finding() -> None:
    assert found("Patient: swelling in my left knee.\nPatient: The swelling is in my right knee.") == [
        ("side", "swelling", "swelling")
    ]


def test_present_and_denied_by_different_utterances_but_not_by_a_question() -> None:
    assert found("患者：有点头疼。\n患者：没有头痛。") == [("finding", "头疼", "头痛")]
    assert found("医生：头疼吗？\n患者：没有头痛。") == []


@pytest.mark.parametrize(
    "said",
    [
        "患者：右边疼，左边不疼。\n患者：吃了药疼还是疼。",
        "患者：零九年右手骨折过。\n医生：片子没有骨折。",
        "Patient: The right knee is painful, no pain in the left knee.\nPatient: The pain is worse at night.",
    ],
)
def test_what_is_denied_of_one_side_or_was_years_ago_contradicts_nothing(said: str) -> None:
    assert found(said) == []


def test_a_denial_of_all_contradicts_one_side() -> None:
    assert found("患者：右边膝盖疼。\n患者：膝盖不疼。") == [("finding", "疼", "疼")]


def test_a_dose_that_is_brought_up_does_not() -> None:
    assert (
        found("Patient: I take lisinopril 20 mg.\nDoctor: Let's bring the lisinopril up to 40 milligrams.")
        == []
    )


def test_statements_that_rest_on_a_contradiction_say_so_and_stay_supported() -> None:
    transcript = ClinicalTranscript.from_text("Patient: I take lisinopril 20 mg.\nPatient: lisinopril 40 mg.")
    statement = ground_statement(
        Statement(id="1", text="Lisinopril 20 mg", value="lisinopril 20 mg"), transcript
    )
    field = FieldContent(key="drugs", statements=[statement])
    record = RecordContent(
        template="soap", template_version=1, language="en", sections=[SectionContent(key="s", fields=[field])]
    )

    marked = flag_contradictions(record, find_contradictions(transcript))

    (_, _, after) = next(marked.statements())
    assert after.support is Support.SUPPORTED
    assert [(p.code, p.words) for p in after.problems] == [("contradiction", "lisinopril: 20 mg ≠ 40 mg")]
    assert statement.problems == []


@pytest.mark.parametrize(
    ("said", "places"),
    [
        (
            "Patient: The left knee hurts.\nDoctor: Any fall?\nPatient: No. Sorry, I meant the right knee, not left.",
            [("The left knee hurts.", "I meant the right knee, not left.")],
        ),
        (
            "Patient: The right ear hurts.\nPatient: A bit of pus. I said right earlier, it's actually the left ear.",
            [("The right ear hurts.", "I said right earlier, it's actually the left ear.")],
        ),
        (
            "患者：左膝盖肿了两周。\n患者：刚才说错了，是右膝盖。",
            [("左膝盖肿了两周。", "说错了，是右膝盖。")],
        ),
        ("患者：右边腰酸，三天了。\n患者：其实是左边。", [("右边腰酸，三天了。", "其实是左边。")]),
        ("Patient: My left knee hurts.\nPatient: Actually, the right knee hurts too.", []),
        ("Patient: My left knee hurts.\nPatient: Actually, the right ear is blocked.", []),
        ("患者：左膝盖肿了。\n患者：其实右膝盖也肿。", []),
        ("患者：左膝盖肿了。\n患者：右膝盖没事，其实。", []),
    ],
)
def test_a_side_that_is_taken_back_turns_later_contradicts_the_first(
    said: str, places: list[tuple[str, str]]
) -> None:
    assert [
        (first, second) for kind, first, second in found(said) if kind == "side" and first != second
    ] == places


def test_sides_that_are_taken_back_again_and_again_are_marked_a_bounded_number_of_times() -> None:
    lines = ("Patient: I meant the right knee.\nPatient: Actually, my left knee hurts.\n") * 1000

    marked = [each for each in found(lines) if each[0] == "side"]

    assert 0 < len(marked) <= MAX_TAKEN_BACK + 1
