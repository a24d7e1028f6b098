"""A record says nothing that was not said: no denial of what was told, no number out of a word, no doubt less."""

import pytest

from tests.domain.clinical.test_by_rules import draft, exported


def sentences(talk: str, template: str = "zh_outpatient") -> list[str]:
    return [text for _, _, text in exported(draft(talk, template))]


def test_a_denial_is_no_chief_complaint() -> None:
    record = draft(
        "医生：这次为什么来？\n患者：月经不对，二十天了。\n医生：肚子疼吗？\n患者：肚子不疼，就是腰酸。"
    )

    assert [text for section, _, text in exported(record) if section == "chief_complaint"] == [
        "月经不对，20天。"
    ]


@pytest.mark.parametrize(
    ("talk", "denied", "kept"),
    [
        # One “no” is not spread over what the answer tells by itself, and “how many” is never denied.
        (
            "医生：痛经吗？生过几个，流过产没有？\n患者：没有。生了两个，流过一次。",
            ("生过几个", "流过产", "流产"),
            ("生了2个",),
        ),
        ("医生：有高血压、糖尿病、痛风吗？\n患者：没有。痛风有，五年了。", ("痛风",), ("痛风",)),
        # What did not help or was not done stays in its words.
        ("医生：吃什么药了？\n患者：氨溴索吃了三天，没见好。", ("见好",), ("没见好",)),
        ("医生：吃什么药了？\n患者：云南白药吃了五天，没管用。", ("管用",), ("没管用",)),
        ("医生：以前有什么病？\n患者：肌瘤三年了，没管。", ("管",), ("没管",)),
        (
            "医生：家里有肿瘤吗？\n患者：我姐乳腺增生，没听说谁得卵巢癌。",
            ("听说", "卵巢癌"),
            ("没听说谁得卵巢癌",),
        ),
    ],
)
def test_a_no_denies_only_what_it_is_said_of(
    talk: str, denied: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    texts = sentences(talk)

    assert not any(text.startswith("否认") and each in text for text in texts for each in denied)
    assert all(any(each in text for text in texts) for each in kept)


def test_no_other_drug_allergy_is_not_none() -> None:
    texts = sentences("医生：过敏吗？\n患者：造影剂打了起疹子，别的药没过敏。")

    assert "否认药物过敏史。" not in texts
    assert any("造影剂" in text for text in texts)


def test_an_answer_with_a_subject_of_its_own_stands_without_anothers_name() -> None:
    texts = sentences("医生：发烧吗，最高多少度？有痰没有，流不流鼻涕？\n患者：鼻涕流了一星期了。")

    assert "鼻涕流了一星期。" in texts
    assert not any("发烧：" in text for text in texts)


@pytest.mark.parametrize(
    ("talk", "words"),
    [
        ("医生：两肺都有哮鸣音，没有三凹征。", ("两肺", "三凹征")),
        ("医生：二尖瓣有杂音，十二指肠球部压痛。", ("二尖瓣", "十二指肠")),
        ("医生：以前喘过吗？\n患者：喘是头一回，有一天夜里喘的。", ("头一回", "有一天")),
        ("医生：血常规白细胞高，嗜酸性粒细胞百分之九。", ("百分之九",)),
        ("医生：多跳一跳，三天两头来也不怕。", ("跳一跳", "三天两头")),
    ],
)
def test_a_numeral_within_a_word_stays_in_words(talk: str, words: tuple[str, ...]) -> None:
    text = "".join(sentences(f"医生：好。\n患者：咳嗽。\n{talk}"))

    assert all(each in text for each in words)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        # Doubts and approximations stay.
        ("Doctor: I think this is acute appendicitis.", "I think this is acute appendicitis."),
        ("Doctor: I also suspect an early dementia.", "I also suspect an early dementia."),
        ("Doctor: What conditions?\nPatient: High blood pressure, fifteen years or so.", "Hypertension, 15 years or so."),
        # Words of the surgeons', of the informant and of the patient in whole sentences.
        ("Doctor: I'm asking the surgeons to see you now.", "I'm asking the surgeons to see the patient now."),
        ("Doctor: What do you take?\nPatient: The blue inhaler when I need it.", "when the patient needs it."),
        ("Doctor: Who helps?\nDaughter: I do her shopping on Fridays.", "Informant does her shopping on Fridays."),
        ("Doctor: And tablets?\nDaughter: She takes zopiclone, I think.", "She takes zopiclone, informant thinks."),
        # What was not done is not denied.
        ("Doctor: What have you done?\nPatient: No physio yet.", "No physio yet."),
        # All that is ordered is there.
        ("Doctor: Morphine five milligrams now and ondansetron four milligrams.", "Ondansetron 4 mg."),
        (
            "Doctor: Penicillin is out, so it'll be ciprofloxacin and metronidazole.",
            "Penicillin is out, so it'll be ciprofloxacin and metronidazole.",
        ),
        ("Doctor: Paracetamol, one gram four times a day, and a diclofenac gel.", "Paracetamol, 1 gram 4 times a day."),
        ("Doctor: Paracetamol, one gram four times a day, and a diclofenac gel.", "Diclofenac gel."),
        (
            "Doctor: Last week's blood tests: haemoglobin one hundred and six, sodium low.",
            "Last week's blood tests: haemoglobin 106, sodium low.",
        ),
        ("Doctor: There's a scar, it bends to a hundred and ten degrees.", "110 degrees"),
    ],
)  # fmt: skip
def test_english_talk_keeps_its_meaning(said: str, written: str) -> None:
    texts = sentences(f"Doctor: Hello.\nPatient: Hello.\n{said}", "en_soap")

    assert any(written in text for text in texts)


def test_a_relative_with_one_of_two_diseases_is_not_given_both() -> None:
    texts = sentences(
        "Doctor: Does anyone in the family have psoriasis or arthritis?\n"
        "Patient: My mum's covered in it, psoriasis, and my uncle has arthritis.",
        "en_soap",
    )

    assert not any("psoriasis or arthritis" in text.lower() for text in texts)
    assert any("Mother's covered in it" in text for text in texts)


def test_doubts_of_a_chinese_doctor_stay() -> None:
    assert "我觉得是支气管炎。" in sentences("医生：好。\n患者：咳嗽。\n医生：我觉得是支气管炎。")


def test_how_long_it_has_lasted_is_no_more_certain_than_it_was_said() -> None:
    record = draft("医生：怎么了？\n患者：肚子疼，大概三天左右了。")

    assert [text for section, _, text in exported(record) if section == "chief_complaint"] == [
        "腹痛，大概3天左右。"
    ]


@pytest.mark.parametrize(
    ("talk", "written"),
    [
        (
            "Doctor: Any allergies?\nPatient: Penicillin, but I'm fine with amoxicillin.",
            "Penicillin, but the patient is fine with amoxicillin.",
        ),
        (
            "Doctor: Take the ibuprofen with food, not with aspirin.\nPatient: Okay.",
            "Take the ibuprofen with food, not with aspirin.",
        ),
    ],
)
def test_what_a_drug_is_not_taken_with_stays_in_one_sentence(talk: str, written: str) -> None:
    assert sentences(talk, "en_soap") == [written]


def test_a_lack_of_strength_is_a_complaint_beside_what_is_unclear() -> None:
    record = draft("医生：怎么了？\n患者：早上起来说话不清楚，右边胳膊没劲。")

    assert [text for section, _, text in exported(record) if section == "chief_complaint"] == [
        "右边胳膊乏力。"
    ]
