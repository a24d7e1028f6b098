"""What answers tell besides what was asked: a reaction, somebody else's illness, an illness with its drug."""

import pytest

from domain.clinical.records.record import Status
from tests.domain.clinical.test_conversation import draft, texts


@pytest.mark.parametrize(
    ("template", "talk", "place", "written"),
    [
        (
            "en_soap",
            "Doctor: Are you allergic to iodine, shellfish, any medicines?\n"
            "Patient: Iodine no. Trimethoprim, my lips swelled up.",
            "background.allergies",
            ["No known allergy to iodine.", "Trimethoprim, her lips swelled up."],
        ),
        (
            "en_soap",
            "Doctor: Have you had thyroid problems before?\n"
            "Patient: After my daughter was born my thyroid was overactive for a few months.",
            "background.conditions",
            ["After her daughter was born her thyroid was overactive for a few months."],
        ),
        (
            "en_soap",
            "Doctor: Any thyroid disease among your relatives?\nPatient: My daughter's coeliac.",
            "background.family",
            ["Daughter's coeliac."],
        ),
        (
            "en_soap",
            "Doctor: Do you smoke?\nPatient: I never smoked. My dad had a pacemaker at fifty.",
            "background.family",
            ["Father had a pacemaker at 50."],
        ),
        (
            "zh_outpatient",
            "医生：有过敏的吗？抽烟喝酒吗？\n患者：烟戒了十年了，酒每天一两。我老伴前年得过乳腺癌，我哥是前列腺癌走的。",
            "family_history.conditions",
            ["老伴前年得过乳腺癌，哥因前列腺癌去世。"],
        ),
        (
            "zh_outpatient",
            "医生：现在有没有怀孕或者喂奶？\n患者：没怀孕。烟酒都不沾。",
            "personal_history.habits",
            ["否认烟酒。"],
        ),
        (
            "zh_outpatient",
            "医生：以前吃过什么药？\n患者：非那雄胺吃了俩月，那个吃了没劲，自己停了。",
            "present_illness.treatments",
            ["非那雄胺吃了俩月，吃了乏力，自己停了。"],
        ),
        (
            "zh_outpatient",
            "医生：白细胞三点一。右乳腺癌术后，化疗后骨髓抑制。\n患者：知道了。",
            "diagnosis.diagnoses",
            ["右乳腺癌术后，化疗后骨髓抑制。"],
        ),
        (
            "en_soap",
            "Doctor: Nose is clear. It's otitis externa, not a middle ear infection.\nPatient: Right.",
            "assessment.diagnoses",
            ["It is otitis externa, not a middle ear infection."],
        ),
    ],
)
def test_it_stands_where_it_is_looked_for(template: str, talk: str, place: str, written: list[str]) -> None:
    assert texts(draft(talk, template, "female"), place) == written


def test_a_substance_with_a_no_behind_it_is_denied() -> None:
    record = draft("Doctor: Are you allergic to iodine?\nPatient: Latex, yes. Iodine no.", "en_soap")

    (iodine,) = [text for _section, _field, text in record.statements() if "iodine" in text.text.lower()]
    assert iodine.status is Status.DENIED


@pytest.mark.parametrize(
    ("said", "illness", "drug"),
    [
        (
            "Cholesterol is high so I'm on atorvastatin 20 at night.",
            "Cholesterol is high.",
            "She is on atorvastatin 20 at night.",
        ),
        (
            "I do have asthma, I take salbutamol when I need it.",
            "She does have asthma.",
            "She takes salbutamol when she needs it.",
        ),
        (
            "Type 2 diabetes, diet controlled till last year, now metformin 500 twice a day.",
            "Type 2 diabetes, diet controlled till last year.",
            "Metformin 500 twice a day.",
        ),
    ],
)
def test_an_illness_and_what_is_taken_against_it_are_two_rows(said: str, illness: str, drug: str) -> None:
    record = draft(f"Doctor: Anything else, and what do you take?\nPatient: {said}", "en_soap", "female")

    assert texts(record, "background.conditions") == [illness]
    (taken,) = texts(record, "background.medications")
    assert taken.lower().endswith(drug.lower()[-20:])


def test_what_an_examiner_cannot_see_is_told_with_what_is_seen() -> None:
    record = draft(
        "Doctor: What is the trouble?\nPatient: My left ear's been blocked for three weeks.\n"
        "Doctor: Right ear is normal. The left canal is swollen and red, I can't see the drum.",
        "en_soap",
    )

    assert texts(record, "objective.exam") == [
        "Right ear is normal.",
        "Left canal is swollen and red, I can't see the drum.",
    ]


def test_a_low_level_that_the_doctor_tells_is_a_result() -> None:
    record = draft("Doctor: Your B12 is low at 150.\nPatient: Is that bad?", "en_soap")

    assert texts(record, "results.tests") == ["B12 is low at 150."]


def test_drinking_plenty_is_no_habit() -> None:
    record = draft("Doctor: Do you drink plenty?\nPatient: Water, yes, two litres.", "en_soap")

    assert texts(record, "background.social") == []


def test_a_later_answer_and_a_drug_bear_no_name_of_a_habit() -> None:
    record = draft(
        "Doctor: Allergies? Do you smoke, and what's your job?\n"
        "Wife: Morphine makes him sick as a dog, and he's allergic to tetanus jabs.\n"
        "Patient: I gave up smoking ten years ago. Couple of beers on a Friday.",
        "en_soap",
        "male",
    )

    assert not any("Smoking:" in text.text for _section, _field, text in record.statements())
