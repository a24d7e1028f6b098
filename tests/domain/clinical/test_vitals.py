import pytest

from domain.clinical.grounding.vitals import statements, vital_signs
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.architecture.floods import cpu_seconds
from tests.domain.clinical.test_conversation import draft


def read(text: str) -> list[str]:
    return [sign.text(is_chinese=False) for sign in vital_signs(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "体温三十八度五，脉搏九十次每分，呼吸20次/分，血压一百三十比八十毫米汞柱",
            [
                "Temperature 38.5 ℃",
                "Heart rate 90 /min",
                "Respiratory rate 20 /min",
                "Blood pressure 130/80 mmHg",
            ],
        ),
        (
            "T 36.5℃ P 80次/分 R 18次/分 BP 120/80mmHg",
            [
                "Temperature 36.5 ℃",
                "Heart rate 80 /min",
                "Respiratory rate 18 /min",
                "Blood pressure 120/80 mmHg",
            ],
        ),
        (
            "your blood pressure is one forty over ninety, heart rate 88, and temperature 98.6",
            ["Blood pressure 140/90 mmHg", "Heart rate 88 /min", "Temperature 98.6 ℉"],
        ),
        ("高压不知道，血压高压一百四，低压九十", ["Blood pressure 140/90 mmHg"]),
        ("血氧九十八", ["Oxygen saturation 98 %"]),
        ("o2 sat is 97 percent", ["Oxygen saturation 97 %"]),
        ("身高165", ["Height 165 cm"]),
        ("身高一米七，体重一百三十斤", ["Height 1.7 m", "Weight 130 斤"]),
        ("I weigh about 180 pounds", ["Weight 180 lb"]),
        (
            "temperature's thirty eight point one, pulse one hundred and one, bp one twenty one over seventy one",
            ["Temperature 38.1 ℃", "Heart rate 101 /min", "Blood pressure 121/71 mmHg"],
        ),
        ("血压一百一七十，心率九十六", ["Blood pressure 110/70 mmHg", "Heart rate 96 /min"]),
        ("血压一百四九十", ["Blood pressure 140/90 mmHg"]),
        # A hundred and what stands behind it are one number.
        ("血压高压一百五十二，低压九十四", ["Blood pressure 152/94 mmHg"]),
        ("今天血压一百五十二、九十四", ["Blood pressure 152/94 mmHg"]),
        ("血压一百四十、九十，心率八十八次", ["Blood pressure 140/90 mmHg", "Heart rate 88 /min"]),
        ("上次血压150/90，今天血压130/80", ["Blood pressure 130/80 mmHg"]),
        ("患者昨天受凉，查体：体温38.5℃", ["Temperature 38.5 ℃"]),
    ],
)
def test_vital_signs_are_read_as_they_are_said(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "your blood pressure should be under 130 over 80",
        "血压控制在140/90以下",
        "体温正常",
        "胎心率一百四十二次",
        "Fetal heart rate is 142",
        "fundal height 30 centimetres",
        "呼吸困难三天",
        "脉搏 900次",
        "heart rate went up. I walked 80 steps",
        "要是体温三十八度五，马上来急诊",
        "烧到三十八度五以上再吃",
        "体温38.5的话就吃退烧药",
        "昨天晚上量的体温三十九度",
        "在家里血压一般150/90",
        "把血压降到130/80",
        "If your temperature is 38.5, come back",
        "Last week my blood pressure was 150 over 90",
        "Let's get your blood pressure down to 130 over 80",
        "血压一百六十",
        # By how much it changed.
        "体重降了两公斤，现在好多了",
        "体重两个月下降约5公斤",
        "体重长了6斤",
        "体温升了1度",
        "I've lost weight, about 12 pounds in two months",
        "She lost some weight, 5 kilos",
        "weight loss of 10 pounds",
        "your weight is down 5 pounds",
        "his weight went up by 3 kg",
        # Between two values is none of them.
        "血压一百七八十",
        "血压一百七八十，低压九十",
        "体重三四十公斤",
        # Of several units that it may be none was said.
        "体重一百三",
        "weight one eighty, down from one ninety",
        "height 70",
        # What cannot be read whole is not read in part.
        "temperature is 38 point something",
    ],
)
def test_aims_impossible_values_and_other_numbers_are_no_vital_signs(text: str) -> None:
    assert read(text) == []


def test_a_statement_has_the_words_the_unit_and_a_code_to_confirm() -> None:
    transcript = ClinicalTranscript.from_text("医生：量一下。\n护士说体温三十八度五。")

    (temperature,) = statements(transcript)

    span = temperature.spans[0]
    assert (temperature.text, temperature.number, temperature.unit) == ("体温 38.5 ℃", 38.5, "℃")
    assert transcript.text[span.start : span.end] == temperature.value == "体温三十八度五"
    assert temperature.code is not None
    assert (temperature.code.code, temperature.code.is_confirmed) == ("8310-5", False)


def test_a_second_pressure_of_another_posture_is_kept_with_its_posture() -> None:
    said = vital_signs("卧位血压142/80，站起来108/64，心率78。血压130/80。")
    assert [sign.text(is_chinese=True) for sign in said] == [
        "血压（卧位） 142/80 mmHg",
        "血压（站起来） 108/64 mmHg",
        "脉搏 78 /min",
        "血压 130/80 mmHg",
    ]


@pytest.mark.parametrize(
    ("said", "signs"),
    [
        ("血压左边162/98，右边158/96。", ["左边 162/98", "右边 158/96"]),
        ("血压142/80（卧位），108/64（立位）。", ["卧位 142/80", "立位 108/64"]),
        ("血压142/80站起来108/64。", [" 142/80", "站起来 108/64"]),
        ("Blood pressure 142/80 lying and 108/64 standing.", ["lying 142/80", "standing 108/64"]),
        ("Blood pressure 142/80, standing 108/64.", [" 142/80", "standing 108/64"]),
        (
            "It's a blood pressure of 150/90 in the left arm, right 148/88.",
            ["left arm 150/90", "right 148/88"],
        ),
        ("All right, your blood pressure is 120/80.", [" 120/80"]),
    ],
)
def test_a_pressure_has_the_posture_or_side_that_was_said_of_it(said: str, signs: list[str]) -> None:
    told = [f"{sign.place} {sign.number:g}/{sign.second:g}" for sign in vital_signs(said)]

    assert told == signs


@pytest.mark.parametrize(
    ("said", "signs"),
    [
        ("血压上次150/95，今天138/88。", ["血压 138/88 mmHg"]),
        ("血压今天138/88，上次150/95。", ["血压 138/88 mmHg"]),
        ("上个月血压150/95，三天前145/90，今天138/88，心率72。", ["血压 138/88 mmHg", "脉搏 72 /min"]),
        ("上次血压150/95。今天138/88。", ["血压 138/88 mmHg"]),
        ("在家血压早上140/90，晚上150/95。", []),
        ("上次体重70公斤，今天72。", ["体重 72 kg"]),
        ("Blood pressure was 150/95 last visit and is 138/88 today.", ["血压 138/88 mmHg"]),
        ("Your weight was 82 kilos last month and it's 79 today.", ["体重 79 kg"]),
        # Of one visit each value has its time.
        ("体温上午38.5，现在37.2", ["体温（上午） 38.5 ℃", "体温（现在） 37.2 ℃"]),
        ("血压160/100，休息十分钟再量148/90", ["血压 160/100 mmHg", "血压（再量） 148/90 mmHg"]),
        # What else stands behind a time is no value of the sign.
        ("心率88，今天是28号", ["脉搏 88 /min"]),
        ("血压150/95，今天起控制在130/80以下", ["血压 150/95 mmHg"]),
    ],
)
def test_a_further_value_with_a_time_of_its_own_is_read_with_it(said: str, signs: list[str]) -> None:
    assert [sign.text(is_chinese=True) for sign in vital_signs(said)] == signs


@pytest.mark.parametrize(
    "said",
    [
        "孩子烧到三十九度二了",
        "烧到39.2度",
        "出生体重3.2公斤",
        "孕前体重55公斤",
        "体重从60公斤降到52公斤",
        "社区测血压160/100",
        "急救车上血压90/60",
        "She weighed 3.2 kilos at birth.",
        "Temp was 39.2 at home last night",
        "He had a fever of 39.2 yesterday",
    ],
)
def test_what_was_measured_another_time_is_no_sign_of_this_visit(said: str) -> None:
    assert vital_signs(said) == []


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (
            "T36.5℃，P80次/分，R18次/分，BP120/80mmHg，SpO298%",
            ["体温 36.5 ℃", "脉搏 80 /min", "呼吸 18 /min", "血压 120/80 mmHg", "血氧饱和度 98 %"],
        ),
        ("T38.6，HR120", ["体温 38.6 ℃", "脉搏 120 /min"]),
        ("今天烧到39.2度", ["体温 39.2 ℃"]),
        ("孕前体重55公斤，现在体重62公斤", ["体重 62 kg"]),
        ("P53阳性，T12椎体压缩", []),
    ],
)
def test_signs_are_read_as_clinicians_type_them(said: str, written: list[str]) -> None:
    assert [sign.text(is_chinese=True) for sign in vital_signs(said)] == written


@pytest.mark.parametrize(
    ("talk", "count"),
    [
        ("患者：我妈血压180/100，我没量过。", 0),
        ("Patient: My mum's blood pressure is 180 over 100.", 0),
        ("家属：我妈血压180/100。", 1),
        ("患者：我血压180/100。", 1),
    ],
)
def test_a_relatives_pressure_is_not_the_patients(talk: str, count: int) -> None:
    assert len(statements(ClinicalTranscript.from_text(talk))) == count


@pytest.mark.slow
def test_a_line_of_thousands_of_signs_is_read_in_proportion() -> None:
    short = cpu_seconds(lambda: vital_signs("血压120/80 " * 500), at_most=1)

    assert cpu_seconds(lambda: vital_signs("血压120/80 " * 4000), at_most=20 * short + 0.1) < 20 * short + 0.1


def test_a_value_without_a_name_is_a_sign_and_nothing_else() -> None:
    record = draft("医生：血压160/100，休息十分钟再量148/90，体温上午38.5，现在37.2。\n患者：好。")

    assert [(section, key) for section, key, _ in record.statements()] == [("physical_exam", "vitals")] * 4
