"""Figures, people, parties and days of a text stand in its translation where they stood."""

import pytest

from domain.text.translation.checks import Problem, problems
from domain.text.translation.segments import Pair

ZH_EN, EN_ZH = Pair("zh", "en"), Pair("en", "zh")


@pytest.mark.parametrize(
    ("source", "translation", "pair", "items"),
    [
        (
            "质保期为24个月，易损件为6个月。",
            "The warranty is 6 months, and 24 months for wearing parts.",
            ZH_EN,
            "24 ↔ 6",
        ),
        (
            "设备A为220 V，设备B为380 V。",
            "It is 380 V for device A and 220 V for device B.",
            ZH_EN,
            "220 ↔ 380",
        ),
        ("Model X uses 12 W and model Y uses 18 W.", "X型为18 W，Y型为12 W。", EN_ZH, "12 ↔ 18"),
        ("城市占六成，农村占四成。", "Cities make up 40% and villages 60%.", ZH_EN, "六成 ↔ 四成"),
        (
            "运费由卖方承担，保险费由买方承担。",
            "Freight is borne by the Buyer and insurance by the Seller.",
            ZH_EN,
            "卖方 ↔ 买方",
        ),
        (
            "王总：您好！请转告李工改图。",
            "Dear Mr. Li, please tell Engineer Wang to change the drawing.",
            ZH_EN,
            "王总 ↔ 李工",
        ),
        (
            "He will call on Tuesday, not on Thursday.",
            "他周四来电，不是周二。",
            EN_ZH,
            "Tuesday ↔ Thursday",
        ),
        (
            "The first 100 units cost $12 each; every further unit costs $9.",
            "前100件每件9美元；之后每件12美元。",
            EN_ZH,
            "12 ↔ 9",
        ),
        (
            "房东负责修理屋顶，租客负责清洁。",
            "The tenant repairs the roof and the landlord does the cleaning.",
            ZH_EN,
            "房东 ↔ 租客",
        ),
        (
            "The red button stops it (the green one starts it).",
            "绿色按钮停机（红色按钮开机）。",
            EN_ZH,
            "red ↔ green",
        ),
        ("面料不起球，但会掉色。", "The fabric pills, but it does not fade.", ZH_EN, "起球 ↔ 掉色"),
        (
            "张明负责采购，刘洋负责销售。",
            "Liu Yang is in charge of purchasing and Zhang Ming of sales.",
            ZH_EN,
            "张明 ↔ 刘洋",
        ),
        ("本品不含糖，但很稠。", "It contains sugar but is not thick.", ZH_EN, "本品不含糖，"),
    ],
)
def test_two_things_in_each_others_place_are_named(
    source: str, translation: str, pair: Pair, items: str
) -> None:
    assert Problem("exchanged", items) in problems(source, translation, pair)


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("设备A为220 V，设备B为380 V。", "It is 380 V for device B and 220 V for device A.", ZH_EN),
        ("租客付电费，房东付水费。", "The landlord pays for water and the tenant for electricity.", ZH_EN),
        ("Parents and teachers meet on Friday.", "老师和家长周五见面。", EN_ZH),
        ("父母和孩子都可以参加。", "Children and parents can both take part.", ZH_EN),
        ("Green is sold out; red and blue are available.", "红色、蓝色有货，绿色已售罄。", EN_ZH),
        ("It is not red but green.", "它是绿色，而不是红色。", EN_ZH),
        ("不是周四，而是周二。", "On Tuesday, not on Thursday.", ZH_EN),
        ("满100元减20元，每人限用一次。", "¥20 off orders of ¥100 or more, once per person.", ZH_EN),
        ("若满3天，退2天；满7天，退6天。", "2 days are refunded after 3 days, 6 days after 7 days.", ZH_EN),
        ("Mr. Lin arrives on Monday and Ms. Zhou on Friday.", "林先生周一到，周女士周五到。", EN_ZH),
    ],
)
def test_what_a_translation_may_say_in_another_order_is_right(
    source: str, translation: str, pair: Pair
) -> None:
    assert problems(source, translation, pair) == []


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("城市占六成，农村占四成。", "Cities make up 60% and villages 40%.", ZH_EN),
        ("水占七成，盐占三成。", "30% is salt and 70% water.", ZH_EN),
        ("三成员工请假，七成在岗。", "30% of the staff are off, 70% at work.", ZH_EN),
        ("有三分之一的人选A，四分之一的人选B。", "A quarter chose B, and a third chose A.", ZH_EN),
        ("15% off everything.", "全场85折。", EN_ZH),
        ("20% off, members 30% off.", "全场八折，会员七折。", EN_ZH),
        ("Cost fell by a tenth while profit rose by a fifth.", "利润增长两成，成本下降一成。", EN_ZH),
    ],
)
def test_parts_and_discounts_in_their_place_are_no_problem(source: str, translation: str, pair: Pair) -> None:
    assert problems(source, translation, pair) == []


@pytest.mark.parametrize("translation", ["全场15折。", "全场1.5折。"])
def test_so_much_off_is_not_so_much_left_to_pay(translation: str) -> None:
    assert "15" in [each.text for each in problems("15% off everything.", translation, EN_ZH)]
