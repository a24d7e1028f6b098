"""A no denies what was asked and nothing wider: who is not allergic to penicillin may be allergic to latex."""

import pytest

from domain.clinical.grounding import denial_scope
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.statement_grounding import ground_statement
from domain.clinical.records.record import Statement, Status
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.domain.clinical.test_conversation import draft


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("Are you allergic to penicillin?", "No known allergy to penicillin."),
        ("Any allergy to latex or eggs?", "No known allergy to latex or eggs."),
        ("Any food allergies?", "No known food allergies."),
        ("Are you allergic to any medications?", "No known medication allergies."),
        ("Any other allergies?", "No other known allergies."),
        ("Are you allergic to anything?", "No known allergies."),
        (
            "Do you take any oral hormone replacement therapy?",
            "Denies taking oral hormone replacement therapy.",
        ),
        ("Are you on any blood thinners?", "Denies being on blood thinners."),
        ("Any other medications?", "Denies taking other medications."),
        ("Do you take any medications?", "Denies taking medications."),
        ("Do you drink coffee?", "Denies coffee."),
        ("Has your mother had breast cancer?", "Denies mother having had breast cancer."),
        ("你对青霉素过敏吗？", "否认青霉素过敏。"),
        ("有没有药物过敏？", "否认药物过敏史。"),
        ("还有别的过敏吗？", "否认其他过敏史。"),
        ("有没有吃降压药？", "未服用降压药。"),
        ("还吃别的药吗？", "否认服用其他药物。"),
        ("平时吃什么药吗？", "否认长期服用药物。"),
        ("你妈妈有糖尿病吗？", "否认母亲糖尿病史。"),
        ("家里有人得糖尿病吗？", "否认糖尿病家族史。"),
        ("做过阑尾手术吗？", "否认阑尾手术史。"),
    ],
)
def test_a_no_denies_what_was_asked_and_nothing_wider(question: str, written: str) -> None:
    speakers = ("Doctor", "Patient", "No.") if question.isascii() else ("医生", "患者", "没有。")
    record = draft("{0}: {3}\n{1}: {2}".format(*speakers, question))
    assert written in [statement.text for _, _, statement in record.statements()]


@pytest.mark.parametrize(
    ("question", "answer", "written"),
    [
        ("没有发烧吧？", "对。", "否认发热。"),
        ("没有发烧吧？", "嗯，没有。", "否认发热。"),
        ("不咳嗽吧？", "不咳。", "否认咳嗽。"),
        ("没摔过吧？", "没有。", "否认摔过。"),
        ("你不对青霉素过敏吧？", "不过敏。", "否认青霉素过敏。"),
        ("有没有喘不上气？", "没有。", "否认喘不上气。"),
        ("血压一直不高吧？", "不高。", "否认血压一直高。"),
        ("没力气吗？", "没有。", "否认乏力。"),
        ("按时吃药吗？", "没有。", "否认按时吃药。"),
        ("No chest pain?", "Right.", "Denies chest pain."),
        ("So no fever?", "No.", "Denies fever."),
        ("You haven't hit your head?", "No.", "Denies having hit their head."),
        ("除了阿司匹林还吃别的药吗？", "没有。", "否认服用其他药物。"),
        ("Do you drink more than ten units a week?", "No.", "Denies drinking more than 10 units a week."),
    ],
)
def test_a_question_that_expects_a_no_is_not_turned_round(question: str, answer: str, written: str) -> None:
    speakers = ("Doctor", "Patient") if question.isascii() else ("医生", "患者")
    record = draft("{0}: {2}\n{1}: {3}".format(*speakers, question, answer))
    assert [statement.text for _, _, statement in record.statements()] == [written]


def test_what_a_patient_never_had_is_not_denied_of_the_family() -> None:
    record = draft(
        "Doctor: Have you had kidney stones before? You said your father had them.\n"
        "Patient: I've never had a kidney stone my dad had them a lot."
    )
    texts = [statement.text for _, _, statement in record.statements()]
    assert texts
    assert not any("No family history" in text for text in texts)


@pytest.mark.parametrize(
    ("question", "claim", "is_wider"),
    [
        ("Are you allergic to penicillin?", "No known allergies.", True),
        ("Any allergies?", "No known allergies.", False),
        ("Are you on any blood pressure medications?", "Denies taking medications.", True),
        ("Are you on any medications?", "Denies taking medications.", False),
        ("Has your mother had cancer?", "No family history of cancer.", True),
        ("Has anyone in your family had cancer?", "No family history of cancer.", False),
        ("你对青霉素过敏吗？", "否认过敏史。", True),
        ("有什么过敏吗？", "否认过敏史。", False),
        ("有没有吃降压药？", "否认长期服用药物。", True),
        ("平时吃什么药吗？", "否认长期服用药物。", False),
        ("做过阑尾手术吗？", "否认手术史。", True),
        ("做过手术吗？", "否认手术史。", False),
        ("你妈妈有糖尿病吗？", "否认糖尿病家族史。", True),
        ("家里有人有糖尿病吗？", "否认糖尿病家族史。", False),
    ],
)
def test_a_denial_of_the_whole_needs_a_question_for_the_whole(
    question: str, claim: str, is_wider: bool
) -> None:
    assert denial_scope.is_wider(claim, f"{question} No.") is is_wider


def test_a_denial_wider_than_the_question_has_no_support_whoever_wrote_it() -> None:
    transcript = ClinicalTranscript.from_text("医生：你对青霉素过敏吗？\n患者：不过敏。")
    claim = Statement(id="1", text="否认过敏史。")
    checked = ground_statement(claim, transcript, lines=[0, 1], find_assertion=find_assertion)
    assert [problem.code for problem in checked.problems] == ["wrong_status"]


@pytest.mark.parametrize(
    ("question", "answer", "own", "of_another"),
    [
        ("有高血压吗？", "我没有，我妈有。", "否认高血压。", "母亲有高血压。"),
        ("有高血压、糖尿病吗？", "我没有，我妈有。", "否认高血压、糖尿病。", "高血压、糖尿病：母亲有。"),
        ("有糖尿病吗？", "没有，不过我爸爸有糖尿病。", "否认糖尿病。", "不过患者父亲有糖尿病。"),
        ("有乙肝吗？", "我没有，老公是乙肝。", "否认乙肝。", "老公是乙肝。"),
        ("有乙肝吗？", "我老公有，我没有。", "否认乙肝。", "老公有乙肝。"),
        ("做过手术吗？", "没有，我妈做过子宫切除。", "否认手术史。", "母亲做过子宫切除。"),
        ("平时吃什么药吗？", "我不吃药，我妈吃降压药。", "否认长期服用药物。", "母亲吃降压药。"),
        ("有药物过敏吗？", "我没有，我妈对磺胺过敏。", "否认药物过敏史。", "母亲对磺胺过敏。"),
        ("青霉素过敏吗？", "我不过敏，我儿子过敏。", "否认青霉素过敏。", "青霉素过敏：儿子过敏。"),
        ("Do you have asthma?", "I don't, but my dad does.", "Denies asthma.", "Asthma: father does."),
        ("Do you have diabetes?", "No, but my mother does.", "Denies diabetes.", "Diabetes: mother does."),
        (
            "Any heart disease?",
            "No, my father had heart disease.",
            "Denies heart disease.",
            "Father had heart disease.",
        ),
        (
            "Any kidney problems?",
            "Not me. My brother is on dialysis.",
            "Denies kidney problems.",
            "Brother is on dialysis.",
        ),
        (
            "Are you on any blood thinners?",
            "No, my husband takes warfarin.",
            "Denies being on blood thinners.",
            "Husband takes warfarin.",
        ),
        (
            "Any allergies?",
            "None that I know of, but my sister can't take sulfa.",
            "No known allergies.",
            "Sister can't take sulfa.",
        ),
    ],
)
def test_what_is_told_of_another_is_not_the_patients_and_takes_no_denial_away(
    question: str, answer: str, own: str, of_another: str
) -> None:
    is_chinese = not question.isascii()
    talk = f"医生：{question}\n患者：{answer}" if is_chinese else f"Doctor: {question}\nPatient: {answer}"
    told = list(draft(talk, "zh_outpatient" if is_chinese else "en_soap").statements())

    assert {(each.text, each.status, each.is_exported) for _, _, each in told} == {
        (own, Status.DENIED, True),
        (of_another, Status.PRESENT, True),
    }
    family = next(place for *place, each in told if each.text == of_another)
    assert family == (["family_history", "conditions"] if is_chinese else ["background", "family"])


@pytest.mark.parametrize(
    ("question", "answer", "written"),
    [
        ("有没有胸痛？", "没有胸痛，但是有胸闷。", ["否认胸痛。"]),
        ("对头孢过敏吗？", "不过敏，对青霉素过敏。", ["否认头孢过敏。"]),
        ("有药物过敏吗？", "没有，就青霉素过敏。", []),
        ("对什么过敏吗？", "吃鸡蛋起过湿疹，药不过敏。", ["否认药物过敏史。"]),
        ("对什么过敏吗？", "鸡蛋过敏，药倒是没有。", ["否认药物过敏史。"]),
        ("Any chest pain?", "No, but my back hurts.", ["Denies chest pain."]),
        ("Any allergies?", "No. Codeine makes me itch.", []),
        (
            "I've got erythromycin down as an allergy, is that right?",
            "No, it's cephalexin I'm allergic to.",
            ["No known allergy to erythromycin."],
        ),
        ("他莫昔芬吃上了没有？", "没有，大夫说化疗完了再吃。", ["未用他莫昔芬。"]),
        ("对什么药过敏？", "磺胺，吃了满嘴起泡；青霉素皮试过，没事。", ["否认青霉素过敏。"]),
        ("Any chest pain?", "No, but when I run.", []),
        ("Any chest pain?", "No, but I had it last year.", []),
        ("Any family history of stroke?", "No, my parents are healthy.", ["No family history of stroke."]),
    ],
)
def test_what_is_told_beside_a_no_leaves_the_denial(question: str, answer: str, written: list[str]) -> None:
    is_chinese = not question.isascii()
    talk = f"医生：{question}\n患者：{answer}" if is_chinese else f"Doctor: {question}\nPatient: {answer}"
    record = draft(talk, "zh_outpatient" if is_chinese else "en_soap")

    assert [each.text for _, _, each in record.statements() if each.status is Status.DENIED] == written


@pytest.mark.parametrize(
    ("question", "answer", "own", "of_speaker"),
    [
        ("对什么药过敏吗？", "我对青霉素过敏，他没有。", "否认药物过敏史。", "家属对青霉素过敏。"),
        ("以前得过什么病？", "他没有，我有哮喘。", "否认既往疾病史。", "家属有哮喘。"),
        (
            "Any allergies?",
            "I'm allergic to penicillin, but he isn't.",
            "No known allergies.",
            "Informant is allergic to penicillin.",
        ),
        (
            "Has he had any operations?",
            "No, he hasn't. I had my appendix out.",
            "Denies operations.",
            "Informant had their appendix out.",
        ),
        (
            "Does she have asthma?",
            "No, but I had it as a child.",
            "Denies asthma.",
            "Asthma: informant had it as a child.",
        ),
        (
            "What's she taking?",
            "No medicines. I'm on inhalers myself.",
            "Denies medicines.",
            "Informant is on inhalers.",
        ),
        ("Does she have asthma?", "No, but her brother has it.", "Denies asthma.", "Asthma: brother has it."),
        (
            "Any allergies?",
            "No. I take sertraline and I have asthma.",
            "No known allergies.",
            "Informant takes sertraline and informant has asthma.",
        ),
    ],
)
def test_what_a_parent_tells_of_themselves_is_not_the_childs(
    question: str, answer: str, own: str, of_speaker: str
) -> None:
    is_chinese = not question.isascii()
    talk = f"医生：{question}\n妈妈：{answer}" if is_chinese else f"Doctor: {question}\nMother: {answer}"
    told = list(draft(talk, "zh_paediatrics" if is_chinese else "en_paediatrics").statements())

    assert {(each.text, each.status, each.is_exported) for _, _, each in told} == {
        (own, Status.DENIED, True),
        (of_speaker, Status.PRESENT, True),
    }
    family = next((section, field) for section, field, each in told if each.text == of_speaker)
    assert family == (("family_history", "conditions") if is_chinese else ("background", "family"))


def test_what_a_parent_does_for_the_child_is_told_of_the_child() -> None:
    record = draft(
        "医生：哪里不好？\n妈妈：发烧两天，我给他吃了美林。\n医生：有哮喘吗？\n妈妈：我没有，孩子有。",
        "zh_paediatrics",
    )

    told = [(section, each.text) for section, _, each in record.statements()]
    assert ("present_illness", "家属给患者吃了美林。") in told
    assert ("past_history", "有哮喘。") in told
    assert not [text for section, text in told if section == "family_history"]


def test_a_parents_father_is_not_the_childs() -> None:
    record = draft(
        "医生：家里人有过敏性疾病吗？\n妈妈：我自己有鼻炎，我爸有哮喘，他爸没有。", "zh_paediatrics"
    )

    [family] = [each.text for section, _, each in record.statements() if section == "family_history"]
    assert family == "家属自己有鼻炎，家属的父亲有哮喘，患者父亲没有。"


@pytest.mark.parametrize(
    ("question", "answer", "written"),
    [
        ("Any allergies?", "My son is allergic to penicillin, I'm not.", "No known allergies."),
        ("Do you have diabetes?", "My mother had it but I don't.", "Denies diabetes."),
        ("有药物过敏吗？", "我儿子青霉素过敏，我没有。", "否认药物过敏史。"),
        ("有糖尿病吗？", "我妈有糖尿病，我没有。", "否认糖尿病。"),
    ],
)
def test_a_no_that_comes_last_denies_what_was_asked(question: str, answer: str, written: str) -> None:
    is_chinese = not question.isascii()
    talk = f"医生：{question}\n患者：{answer}" if is_chinese else f"Doctor: {question}\nPatient: {answer}"
    record = draft(talk, "zh_outpatient" if is_chinese else "en_soap")

    assert [each.text for _, _, each in record.statements() if each.status is Status.DENIED] == [written]


@pytest.mark.parametrize(
    ("question", "answer", "place", "written"),
    [
        (
            "阿司匹林还吃吗？",
            "不吃了，上个月停的。",
            "past_history",
            ["未服用阿司匹林。", "阿司匹林：上个月停的。"],
        ),
        ("抽烟吗？", "不抽了，戒了三年。", "personal_history", ["不抽了，戒了三年。"]),
        ("抽烟吗？", "不抽。", "personal_history", ["否认吸烟。"]),
        (
            "What medicines do you take?",
            "I was on metformin but I stopped two weeks ago.",
            "background",
            ["The patient was on metformin, but the patient stopped 2 weeks ago."],
        ),
        (
            "Are you still taking aspirin?",
            "No, I stopped it two weeks ago.",
            "background",
            ["Denies taking aspirin.", "Aspirin: the patient stopped it 2 weeks ago."],
        ),
    ],
)
def test_what_was_given_up_is_told_where_it_belongs(
    question: str, answer: str, place: str, written: list[str]
) -> None:
    is_chinese = not question.isascii()
    talk = f"医生：{question}\n患者：{answer}" if is_chinese else f"Doctor: {question}\nPatient: {answer}"
    record = draft(talk, "zh_outpatient" if is_chinese else "en_soap")

    assert [each.text for section, _, each in record.statements() if section == place] == written
