"""What somebody takes back never stands in a record as a statement of its own."""

import pytest

from domain.clinical.grounding.self_corrections import find_self_corrections
from tests.domain.clinical import test_conversation
from tests.domain.clinical.test_by_rules import draft, exported


@pytest.mark.parametrize(
    ("text", "withdrawn", "cue"),
    [
        ("右边腰疼，不对，是左边。", "右边腰疼", "不对"),
        ("这次是三号，不，五号来的。", "这次是三号", "不"),
        ("烧了一天，三十八度五，哦不对，三十八度二。", "三十八度五", "哦不对"),
        ("三号来的。不对，五号。", "三号来的", "不对"),
        ("Yes, the right knee. No wait, it's the left knee.", "the right knee", "No wait"),
        ("A plate in my wrist, the right one, sorry, the left.", "the right one", "sorry"),
        ("Three times, no, four if you count the car.", "Three times", "no"),
        ("My joints are okay, no, hang on, the thumb is stiff.", "My joints are okay", "no, hang on"),
        ("Five milligrams, I mean ten.", "Five milligrams", "I mean"),
    ],
)
def test_a_correction_is_found_with_what_it_takes_back(text: str, withdrawn: str, cue: str) -> None:
    (found,) = find_self_corrections(text)

    assert text[slice(*found.withdrawn)].strip() == withdrawn
    assert text[slice(*found.cue)] == cue


@pytest.mark.parametrize(
    "text",
    [
        "月经不对，拖了二十天。",
        "走路不对劲，不对称。",
        "不，我不抽。",
        "No wheeze, no rash.",
        "No fever. No, not at all.",
        "I'm sorry, I'm late.",
        "I couldn't come, sorry.",
    ],
)
def test_other_senses_of_the_words_correct_nothing(text: str) -> None:
    assert find_self_corrections(text) == []


@pytest.mark.parametrize(
    ("talk", "template", "withdrawn", "cues"),
    [
        ("医生：哪里不好？\n患者：右边腰疼，不对，是左边，昨天开始的。", "zh_outpatient", "右边", ("不对",)),
        ("医生：末次月经哪天？生过孩子吗？\n患者：三号，不，五号来的。生了两个。", "zh_outpatient", "3号", ("不，",)),
        ("医生：烧了吗？\n患者：烧了一天，三十八度五。不对，三十八度二。", "zh_outpatient", "38.5", ("不对",)),
        ("医生：吃什么药？\n患者：氯沙坦，说错了，缬沙坦八十毫克。", "zh_outpatient", "氯沙坦", ("说错",)),
        ("Doctor: Which knee?\nPatient: My right knee. No wait, the left one.", "en_soap", "right", ("No wait",)),
        ("Doctor: What do you take?\nPatient: Losartan, sorry, lisinopril.", "en_soap", "Losartan", ("sorry",)),
        ("Doctor: Hi.\nDoctor: Start lisinopril five milligrams, I mean ten milligrams.", "en_soap", "5 mg", ("I mean",)),
        ("Doctor: What's wrong?\nPatient: Pain in the right foot, sorry, the left foot.", "en_soap", "right", ("sorry",)),
    ],
)  # fmt: skip
def test_a_value_that_is_taken_back_stands_only_with_the_words_that_do_so(
    talk: str, template: str, withdrawn: str, cues: tuple[str, ...]
) -> None:
    texts = [text for _, _, text in exported(draft(talk, template))]

    telling = [text for text in texts if withdrawn.lower() in text.lower()]
    assert telling
    assert all(any(cue.lower() in text.lower() for cue in cues) for text in telling)
    assert not any(text.lower().startswith("denies wait") for text in texts)


@pytest.mark.parametrize(
    ("talk", "written"),
    [
        (
            "Doctor: You take 20 of atorvastatin, right?\nPatient: No, 40.",
            "You take 20 of atorvastatin: No, 40.",
        ),
        (
            "Doctor: You're allergic to penicillin, right?\nPatient: No, to sulfa.",
            "No known allergy to penicillin.",
        ),
        ("Doctor: We'll start amoxicillin, okay?\nPatient: No, I'm allergic to penicillin.", ""),
        ("医生：您吃阿托伐他汀20毫克，对吧。\n患者：不对，40毫克。", "吃阿托伐他汀20毫克：不对，40毫克。"),
        (
            "医生：您吃的是二甲双胍一天两次对吧？\n患者：不是，一天一次。",
            "吃的是二甲双胍1天2次：不是，1天1次。",
        ),
        ("医生：疼在左边是吧？\n患者：不是，右边。", "疼在左边：不是，右边。"),
    ],
)
def test_what_asks_for_a_nod_and_gets_a_no_is_neither_a_fact_nor_a_denied_medicine(
    talk: str, written: str
) -> None:
    record = draft(talk, "zh_outpatient" if "医生" in talk else "en_soap")

    assert not written or written in [text for _, _, text in exported(record)]
    assert not [place for place, _, _ in exported(record) if place == "plan"]
    assert not [each for _, _, each in record.statements() if each.text.startswith("否认")]


@pytest.mark.parametrize(
    ("talk", "written"),
    [
        ("Doctor: Where does it hurt?\nPatient: It hurts on the right", "It hurts on the right."),
        ("Doctor: There's a two centimeter nodule on the right\nPatient: Okay.", "2 cm nodule on the right."),
        ("Doctor: Do you have a cataract on the right?\nPatient: No.", "Denies cataract on the right."),
        ("Doctor: Is the pain on the right?\nPatient: No.", "The pain is not on the right."),
    ],
)
def test_a_side_at_the_end_of_a_sentence_is_no_nod(talk: str, written: str) -> None:
    assert written in [text for _, _, text in exported(draft(talk, "en_soap"))]


def test_a_side_that_is_taken_back_with_a_sigh_is_written() -> None:
    record = draft("医生：哪里疼？\n患者：左边，哦不，右边腰疼，一阵一阵的。", "zh_outpatient")

    assert "左边，不，右边腰疼，一阵一阵的。" in [text for _, _, text in exported(record)]


@pytest.mark.parametrize(
    ("said", "withdrawn", "instead"),
    [
        ("左耳小时候得过中耳炎，不是左耳，右耳。", "左耳小时候得过中耳炎", "右耳。"),
        ("左腿疼，不是左腿，是右腿。", "左腿疼", "右腿。"),
        ("my left knee, not the left, the right one", "my left knee", "the right one"),
        ("吃了开塞露……不对，是用了开塞露。", "吃了开塞露", "是用了开塞露。"),
        ("ten with dinner. No, twelve with dinner.", "ten with dinner", " twelve with dinner."),
    ],
)
def test_what_is_named_as_not_so_or_taken_back_after_a_pause_is_withdrawn(
    said: str, withdrawn: str, instead: str
) -> None:
    (correction,) = find_self_corrections(said)

    assert said[slice(*correction.withdrawn)] == withdrawn
    assert said[slice(*correction.instead)] == instead


def test_who_says_that_something_is_not_another_thing_takes_nothing_back() -> None:
    assert find_self_corrections("是头晕，不是头疼，天天晕") == []
    assert find_self_corrections("Ten cigarettes. No, I drink two pints.") == []
    assert find_self_corrections("It's the cough, not the fever, that bothers me") == []


def test_a_side_that_is_corrected_by_its_name_stands_beside_its_correction() -> None:
    record = test_conversation.draft("医生：以前得过什么病？\n患者：左耳小时候得过中耳炎，不是左耳，右耳。")

    assert test_conversation.texts(record, "past_history.diseases") == [
        "左耳小时候得过中耳炎，不是左耳，右耳。"
    ]
