"""What is said about a finding, in sentences and over turns. The finding stands in [[…]]."""

import pytest

from benchmarks.denial import OWN, rows_of
from domain.clinical.grounding.assertion import Assertion, find_assertion, find_assertion_in_text
from domain.clinical.records.record import Status
from domain.clinical.transcripts.transcript import ClinicalTranscript


def asserted(*lines: str) -> tuple[Assertion, str]:
    """The assertion about the marked words, and the words that decided."""
    number = next(at for at, line in enumerate(lines) if "[[" in line)
    transcript = ClinicalTranscript.from_text(
        "\n".join(line.replace("[[", "").replace("]]", "") for line in lines)
    )
    marked = ClinicalTranscript.from_text("\n".join(lines)).utterances[number].text
    start = transcript.starts[number] + marked.index("[[")
    found = find_assertion(transcript, start, start + marked.index("]]") - marked.index("[[") - 2)
    return found, transcript.text[slice(*found.cue)] if found.cue else ""


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("无发热、咳嗽、[[咯血]]。", "denied"),
        ("不发烧，但是[[咳嗽]]。", "present"),
        ("[[咳嗽]]没有好转。", "present"),
        ("无明显诱因出现[[胸痛]]。", "present"),
        ("晚上[[不能入睡]]。", "present"),
        ("高血压没有，[[糖尿病]]五年了。", "present"),
        ("[[高血压]]没有，糖尿病五年了。", "denied"),
        ("考虑[[肺炎]]可能。", "unsure"),
        ("[[肺栓塞]]不除外。", "unsure"),
        ("她妈妈有[[糖尿病]]。", "family"),
        ("我妈说我[[打呼噜]]。", "present"),
        ("The patient denies fevers, chills or [[nausea]].", "denied"),
        ("No change in [[back pain]].", "present"),
        ("Not only [[headache]] but also nausea.", "present"),
        ("She denies chest pain but reports [[cough]].", "present"),
        ("i do n't appreciate any [[murmur]] no rub", "denied"),
        ("Rule out [[appendicitis]].", "unsure"),
        ("[[Appendicitis]] was ruled out.", "denied"),
        ("Her father had a [[stroke]].", "family"),
        ("My wife says I [[snore]].", "present"),
    ],
)
def test_a_sentence_tells_whether_a_finding_is_there(line: str, status: str) -> None:
    assert asserted(line)[0].status == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("没有。", "denied"),
        ("没", "denied"),
        ("有一点", "present"),
        ("不清楚", "unsure"),
        ("有时候有", "present"),
    ],
)
def test_a_chinese_answer_decides_about_what_was_asked(answer: str, status: str) -> None:
    found, cue = asserted("医生：有没有[[发烧]]？", f"患者：{answer}")
    assert found.status == status
    assert cue in answer


@pytest.mark.parametrize(
    ("answer", "status"),
    [("No.", "denied"), ("Uh-huh.", "present"), ("Sometimes.", "present"), ("I don't know.", "unsure")],
)
def test_an_english_answer_decides_about_what_was_asked(answer: str, status: str) -> None:
    found, cue = asserted("Doctor: Any [[chest pain]]?", f"Patient: {answer}")
    assert found.status == status
    assert cue in answer


def test_an_answer_may_take_up_one_of_two_questions() -> None:
    answer = "Patient: No fevers, but the night sweats are bad."
    assert asserted("Doctor: Any [[fevers]] or night sweats?", answer)[0].status is Status.DENIED
    assert asserted("Doctor: Any fevers or [[night sweats]]?", answer)[0].status is Status.PRESENT


def test_agreeing_with_a_denial_denies() -> None:
    assert asserted("医生：没有[[心慌]]是吗？", "患者：对。")[0].status is Status.DENIED
    assert asserted("Doctor: So no [[dyspnea]]?", "Patient: Right.")[0].status is Status.DENIED
    assert asserted("医生：不[[发烧]]吧？", "患者：发的，昨天38度5。")[0].status is Status.PRESENT


def test_an_answer_in_the_same_breath_counts() -> None:
    assert asserted("[[Fever]]? No. Cough? Yes.")[0].status is Status.DENIED
    assert asserted("Fever? No. [[Cough]]? Yes.")[0].status is Status.PRESENT


def test_what_was_asked_and_never_answered_is_no_finding() -> None:
    found, _ = asserted("Doctor: Any [[chest pain]]?")
    assert (found.status, found.is_finding) == (Status.UNSURE, False)


@pytest.mark.parametrize(
    "line", ["如果[[发烧]]就来医院", "If you get a [[fever]], call us.", "This can cause [[drowsiness]]."]
)
def test_what_only_might_come_is_no_finding(line: str) -> None:
    found, _ = asserted(line)
    assert (found.status, found.is_finding) == (Status.UNSURE, False)


def test_a_doubtful_diagnosis_is_a_finding() -> None:
    assert asserted("疑似[[肺炎]]。")[0].is_finding


def test_the_deciding_words_are_told() -> None:
    assert asserted("否认[[高血压]]。")[1] == "否认"
    assert asserted("Doctor: Hello.", "Patient: I am fine, no [[fever]].")[1] == "no"


def test_a_denial_about_the_family_is_kept_apart() -> None:
    found, _ = asserted("No family history of [[breast cancer]].")
    assert (found.status, found.experiencer) == (Status.DENIED, "family")


def test_a_question_about_the_family_is_answered_about_the_family() -> None:
    assert asserted("医生：家里有人得过[[癌症]]吗？", "患者：我舅舅，肺癌。")[0].status is Status.FAMILY
    assert (
        asserted("Doctor: Any cancer in your family?", "Patient: Yes, [[lung cancer]].")[0].status
        is Status.FAMILY
    )
    told = asserted("Doctor: Does anyone in your family have asthma?", "Patient: No, but I have [[eczema]].")[
        0
    ]
    assert told.status is Status.PRESENT


def test_the_past_is_present_and_marked() -> None:
    found, _ = asserted("以前有过[[胃溃疡]]，现在好了。")
    assert (found.status, found.is_past) == (Status.PRESENT, True)
    assert not asserted("[[胃疼]]三天。")[0].is_past


def test_a_question_far_off_in_unpunctuated_speech_is_not_about_it() -> None:
    said = (
        "Doctor: there is some [[swelling]] over the ankle and the soft tissue is tender to palpation on the side "
        "now i want you to keep weight off of it and use the crutches do you have any questions for me"
    )
    assert asserted(said, "Patient: no i think that sounds like a plan")[0].status is Status.PRESENT


def test_a_sentence_alone_needs_no_transcript() -> None:
    text = "Lungs clear. No wheezes."
    found = find_assertion_in_text(text, text.index("wheezes"), text.index("wheezes") + 7)
    assert (
        (found.status, text[slice(*found.cue)]) == (Status.DENIED, "No")
        if found.cue
        else pytest.fail("no cue")
    )


def test_the_shipped_sentences_are_many_and_of_both_languages() -> None:
    rows = list(rows_of(OWN))
    assert len(rows) >= 200
    for language in ("zh", "en"):
        assert sum(row.language == language for row in rows) >= 100
    sides = {split: {_bare(row.text) for row in rows if row.split == split} for split in ("dev", "test")}
    assert not sides["dev"] & sides["test"], "a sentence stands on both sides of the split"


def test_rules_hold_on_the_sentences_they_were_made_from() -> None:
    rows = [row for row in rows_of(OWN) if row.split == "dev"]
    wrong = [row.text for row in rows if row.told() != row.status]
    assert len(wrong) <= 0.05 * len(rows), wrong


def _bare(text: str) -> str:
    return text.replace("[[", "").replace("]]", "")
