"""What a text denies its translation denies, too."""

import pytest

from domain.text.translation import checks, denials
from domain.text.translation.segments import Pair

ZH_EN, EN_ZH = Pair("zh", "en"), Pair("en", "zh")


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("本品不含咖啡因。", "This tea has caffeine.", ZH_EN),
        ("无糖，冷泡。", "Sweet, for cold brewing.", ZH_EN),
        ("免洗。", "Wash it first.", ZH_EN),
        ("0添加。", "With additives.", ZH_EN),
        ("乙方不得转让本合同。", "Party B may assign this contract.", ZH_EN),
        ("严禁吸烟。", "Smoking is allowed.", ZH_EN),
        ("谢绝自带酒水。", "Please bring your own drinks.", ZH_EN),
        ("本店不接受现金。", "We accept cash.", ZH_EN),
        ("It does not contain nuts.", "含有坚果。", EN_ZH),
        ("Sugar-free oolong", "含糖乌龙", EN_ZH),
        ("Brewed without milk", "加牛奶冲泡", EN_ZH),
        ("甲方不承担运费。", "Party A bears the freight.", ZH_EN),
        ("KM-300与KM-310不兼容。", "The KM-300 is compatible with the KM-310.", ZH_EN),
        ("Nobody was injured.", "有人受伤。", EN_ZH),
    ],
)
def test_a_denial_that_is_gone_is_found(source: str, translation: str, pair: Pair) -> None:
    assert denials.is_denial_lost(source, translation, pair)
    assert "denial" in [problem.kind for problem in checks.problems(source, translation, pair)]


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        ("本品不含咖啡因。", "Caffeine-free.", ZH_EN),
        ("未漂白的滤纸。", "Unbleached filter paper.", ZH_EN),
        ("无缝设计。", "A seamless design.", ZH_EN),
        ("没有苦味。", "It is never bitter.", ZH_EN),
        ("味道真不错，非常香。", "It tastes good and smells wonderful.", ZH_EN),
        ("严禁吸烟。", "Smoking is prohibited.", ZH_EN),
        ("不得晚于5月1日。", "By May 1 at the latest.", ZH_EN),
        ("她舍不得离开。", "She was reluctant to leave.", ZH_EN),
        ("We do not accept cash.", "本店拒收现金。", EN_ZH),
        ("无论冷热都好喝。", "Good hot or cold.", ZH_EN),
        ("Not only fragrant but sweet", "又香又甜", EN_ZH),
        ("No sugar added", "零添加糖", EN_ZH),
        ("No sugar added", "0添加糖", EN_ZH),
        ("Sign the non-disclosure agreement.", "请签署保密协议。", EN_ZH),
        ("Free of charge", "免费", EN_ZH),
        ("Order No. TH2041, dryer no. 2", "订单TH2041，2号烘干机", EN_ZH),
        ("Please reply no later than May 1.", "请于5月1日前回复。", EN_ZH),
        ("The fee shall not exceed 10%.", "费用最高为10%。", EN_ZH),
        ("Last but not least, turn it on.", "最后，请开启。", EN_ZH),
        ("Don't worry, your data is safe.", "请放心，您的数据是安全的。", EN_ZH),
        ("Please don't hesitate to call.", "请随时来电。", EN_ZH),
        ("遇不可抗力，合同无效。", "In case of force majeure the contract is invalid.", ZH_EN),
        ("未成年人请由家长陪同。", "Minors come with their parents.", ZH_EN),
        ("无锡排骨", "Wuxi ribs", ZH_EN),
        ("那不勒斯和北非", "Naples and North Africa", ZH_EN),
        ("角色保持不变。", "Roles stay as they are.", ZH_EN),
        ("右膝无异常，核对无误。", "The right knee is normal; checked and correct.", ZH_EN),
        ("尚未收到付款。", "Payment is outstanding.", ZH_EN),
        ("没有人反对。", "Nobody objected.", ZH_EN),
        ("检查未通过，无法保存。", "The check failed and saving is out of the question.", ZH_EN),
        ("The link no longer works.", "链接已失效。", EN_ZH),
        ("It was not saved.", "保存失败。", EN_ZH),
        ("Nobody under 16 enters unless accompanied.", "16岁以下须由成人陪同方可入场。", EN_ZH),
    ],
)
def test_other_ways_of_denying_are_known_and_idioms_deny_nothing(
    source: str, translation: str, pair: Pair
) -> None:
    assert not denials.is_denial_lost(source, translation, pair)


def test_a_denial_that_comes_from_nowhere_is_found() -> None:
    assert denials.is_denial_made_up("冷泡十分钟。", "It does not keep you awake.", ZH_EN)
    assert not denials.is_denial_made_up("冷泡十分钟。", "Ten minutes in cold water.", ZH_EN)
    assert not denials.is_denial_made_up("批准文号：国药准字", "Approval No.: Guoyao Zhunzi", ZH_EN)


def test_languages_that_nobody_here_reads_are_left_alone() -> None:
    assert not denials.is_denial_lost("ohne Zucker", "含糖", Pair("de", "zh"))


@pytest.mark.parametrize(
    ("source", "translation", "pair", "kind"),
    [
        (
            "The Supplier replaces all goods, except those returned by the Buyer after 15 days.",
            "供应商应更换所有货物，但买方未在15日后退回的除外。",
            EN_ZH,
            "added_denial",
        ),
        (
            "甲方应付款，但经乙方书面同意延期的除外。",
            "Party A shall pay, except where Party B has not agreed in writing to an extension.",
            ZH_EN,
            "added_denial",
        ),
        (
            "Neither party is liable unless it acted with gross negligence.",
            "除非存在重大过失，任何一方均须承担责任。",
            EN_ZH,
            "denial",
        ),
        (
            "Unless you opt out, we will not share your data.",
            "除非您选择退出，否则我们会共享您的数据。",
            EN_ZH,
            "denial",
        ),
        (
            "如果您不需要发票，请不要回复本邮件。",
            "If you need an invoice, please do not reply to this email.",
            ZH_EN,
            "denial",
        ),
        ("不可与牛奶同服。孕妇不宜服用。", "Take it with milk. Not for pregnant women.", ZH_EN, "denial"),
    ],
)
def test_a_denial_beside_another_one_is_missed_too(
    source: str, translation: str, pair: Pair, kind: str
) -> None:
    assert kind in [problem.kind for problem in checks.problems(source, translation, pair)]


@pytest.mark.parametrize(
    ("source", "translation", "pair"),
    [
        (
            "未经同意不得转让，但转让给关联公司的除外。",
            "No transfer without consent, except to affiliates.",
            ZH_EN,
        ),
        ("Unless otherwise agreed, the deposit is non-refundable.", "除非另有约定，定金不退。", EN_ZH),
        ("All goods except those not returned in time", "所有货物，但未按时退回的除外", EN_ZH),
        ("Do not open, drop or crush the box.", "不要打开纸箱，不要摔，也不要挤压。", EN_ZH),
        (
            "Only members, except those who joined this year, may vote.",
            "除今年入会的会员外，会员方可投票。",
            EN_ZH,
        ),
    ],
)
def test_an_exception_and_a_list_deny_as_often_in_both_languages(
    source: str, translation: str, pair: Pair
) -> None:
    kinds = {problem.kind for problem in checks.problems(source, translation, pair)}
    assert not kinds & {"denial", "added_denial"}
