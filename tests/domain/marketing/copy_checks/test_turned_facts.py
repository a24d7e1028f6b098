"""Copy keeps what a brief's facts deny, limit and except, and prints neither its goal nor its audience."""

from dataclasses import replace

import pytest

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from tests.domain.marketing.copy_checks.briefs import codes, said

KETTLE = BriefFacts(
    "铸铁壶", (Fact("", "不支持明火加热"), Fact("加热方式", "电陶炉加热"), Fact("价格", "299 元"))
)
MUG = BriefFacts(
    "Clay mug", (Fact("", "not dishwasher safe"), Fact("", "microwave safe"), Fact("price", "$29"))
)
TEA = BriefFacts(
    "肉桂茶",
    (
        Fact("优惠", "首单立减，仅限新客"),
        Fact("配送", "除新疆、西藏外全国包邮"),
        Fact("售后", "未拆封可退货"),
    ),
)
OIL = BriefFacts(
    "Olive oil",
    (
        Fact("", "The gift is for new customers only"),
        Fact("", "Free shipping except to Hawaii"),
        Fact("", "Returns accepted only if unopened"),
        Fact("", "Booking required"),
    ),
)

RULES = BriefFacts(
    "Hotel",
    (Fact("", "pets are not allowed"), Fact("", "breakfast not included"), Fact("", "closed on Sundays")),
)
SODA = BriefFacts("苏打水", (Fact("", "无糖"),))
SHOP = BriefFacts(
    "营养粉", (Fact("人群", "孕妇禁用"), Fact("", "需提前 2 天预约"), Fact("售后", "支持 7 天无理由退货"))
)
SCOOTER = BriefFacts("电动车", (Fact("", "未成年人不得驾驶"), Fact("", "需提前预约")))
COAT = BriefFacts(
    "羽绒服",
    (
        Fact("洗涤", "仅限干洗，不可机洗"),
        Fact("适用温度", "零下 15 度到 5 度"),
        Fact("质保", "一年质保，人为损坏不保"),
        Fact("", "敏感肌慎用"),
        Fact("", "非油炸"),
        Fact("营业", "周日休息"),
        Fact("条件", "需满 16 周岁"),
    ),
)


FREIGHT = BriefFacts(
    "茶具",
    (
        Fact("退货", "质量问题退货运费由卖家承担"),
        Fact("", "无理由退货运费买家承担"),
        Fact("安装费", "厂家负责，不由门店负责"),
    ),
)
LAMP = BriefFacts("Lamp", (Fact("", "Return shipping is paid by the customer"),))
PRICES = BriefFacts(
    "月卡",
    (
        Fact("价格", "会员价 99 元，非会员 129 元"),
        Fact("", "原价 199 元，早鸟价 149 元"),
        Fact("成分", "70% 棉、30% 聚酯纤维"),
        Fact("", "周末需预约"),
    ),
)
HOTEL = BriefFacts(
    "汤池套票",
    (
        Fact("价格", "平日 398 元，周末及节假日 498 元"),
        Fact("时间", "工作日 6:30–22:00，周末 8:00–20:00"),
        Fact("宠物", "不可携带宠物"),
        Fact("旅行盒", "旅行盒另售，辣椒另收 2 元"),
        Fact("退卡", "开卡 7 天内可退，7 天后不支持退卡"),
        Fact("地区", "仅限杭州门店使用"),
        Fact("外送", "不送写字楼"),
    ),
)
CAMP = BriefFacts(
    "Campground",
    (
        Fact("", "Tent pitches $22 a night, camper pitches $35 a night"),
        Fact("", "Firewood sold separately"),
        Fact("", "No refunds after 30 days"),
        Fact("", "Phone support from Monday to Friday, except holidays"),
        Fact("", "Deposits are refunded except within 48 hours of arrival"),
        Fact("", "Bikes are free except on weekends"),
        Fact("", "dogs are not allowed on the beach"),
    ),
)


INSURANCE = BriefFacts(
    "旅行险", (Fact("保费", "3 天 18 元，7 天 36 元"), Fact("生效", "次日零点生效，当天不可生效"))
)
CLASSES = BriefFacts(
    "Classes",
    (
        Fact("", "Pottery Tuesdays 6 pm to 8 pm, life drawing Thursdays 7 pm to 9 pm"),
        Fact("", "Clay is included, brushes are not included"),
    ),
)


@pytest.mark.parametrize(
    ("brief", "text"),
    [
        (HOTEL, "周末 398 元，泡一池热汤。"),
        (INSURANCE, "7 天只要 18 元"),
        (CLASSES, "Pottery starts at 7 pm."),
        (HOTEL, "周末 6:30 开门，早起的人先来。"),
        (HOTEL, "可以带宠物一起来。"),
        (HOTEL, "下单赠旅行盒。"),
        (HOTEL, "辣椒免费加。"),
        (HOTEL, "7 天后也支持退卡。"),
        (HOTEL, "全国门店通用。"),
        (CAMP, "Camper pitches are $22 a night."),
        (CAMP, "Firewood is included."),
        (CAMP, "Refunds even after 30 days."),
        (CAMP, "Phone support on holidays as well."),
        (CAMP, "Deposits are refunded even within 48 hours of arrival."),
        (COAT, "可以机洗。"),
        (COAT, "随便洗，机洗手洗都行"),
        (COAT, "敏感肌也能放心用"),
        (COAT, "油炸的香"),
        (COAT, "周日照常营业"),
        (COAT, "人为损坏也保"),
        (KETTLE, "这款茶壶还支持明火加热，但不推荐用于烹饪，避免发生火灾事故"),
        (KETTLE, "价格299元，支持明火加热"),
        (KETTLE, "明火上也能直接加热"),
        (KETTLE, "支 持 明 火 加 热"),
        (KETTLE, "#支持明火加热"),
        (KETTLE, "明火加热久了也不开裂"),
        (KETTLE, "不仅支持明火加热"),
        (MUG, "It's dishwasher safe."),
        (MUG, "Pop it in the dishwasher."),
        (MUG, "Dishwasher? No problem."),
        (MUG, "The dishwasher never fades it."),
        (MUG, "Sadly not microwave safe."),
        (TEA, "首单立减，人人可享"),
        (TEA, "老客同样享受首单立减"),
        (TEA, "全国包邮，没有例外"),
        (TEA, "新疆也包邮"),
        (TEA, "拆封了也可退货"),
        (OIL, "Everyone gets the gift."),
        (OIL, "The gift is not only for new customers."),
        (OIL, "Free shipping everywhere."),
        (OIL, "Returns accepted even if opened."),
        (OIL, "No booking required."),
        (RULES, "Pets are welcome."),
        (RULES, "Breakfast included."),
        (RULES, "Open on Sundays."),
        (SCOOTER, "未成年人也可以驾驶"),
        (SCOOTER, "免提前预约"),
        (SODA, "加了糖更好喝"),
        (SHOP, "孕妇也能放心用"),
        (SHOP, "无需预约，来了就有"),
        (SHOP, "特价不支持退货"),
        (FREIGHT, "质量问题退货运费由买家承担"),
        (FREIGHT, "无理由退货，运费我们出"),
        (FREIGHT, "安装费由门店承担"),
        (LAMP, "Return shipping is on us."),
        (LAMP, "We pay return shipping."),
        (PRICES, "会员 129 元，非会员 99 元"),
        (PRICES, "原价 149 元，早鸟 199 元"),
        (PRICES, "30% 棉，70% 聚酯纤维"),
        (PRICES, "周末无需预约"),
    ],
)
def test_a_fact_that_is_turned_round_is_an_error(brief: BriefFacts, text: str) -> None:
    assert "contradicts_fact" in codes(text, brief)


@pytest.mark.parametrize(
    ("brief", "text"),
    [
        (HOTEL, "平日 398 元，周末和节假日 498 元。工作日早上 6:30 开门，周末 8:00 开门。"),
        (HOTEL, "旅行盒要单独买。旅行盒另售。7 天内可以退卡，过了 7 天就不退了。写字楼暂时送不了。"),
        (CAMP, "Tents $22 a night, campers $35. You can buy firewood here. Refunds within 30 days."),
        (CAMP, "Call us Monday to Friday, holidays excepted. Step-free access at all piers but one."),
        (CAMP, "Cancel more than 48 hours before arrival and your deposit comes back."),
        (CAMP, "Keep your dogs off the beach."),
        (INSURANCE, "3 天 18 元，7 天 36 元。3 天 18 元到 7 天 36 元。当天买当天不生效。"),
        (CLASSES, "Never touched clay? Please bring your own brushes. Pottery meets at 6 pm."),
        (COAT, "只能干洗，别扔洗衣机。适合 5 度到零下 15 度的天气。"),
        (COAT, "每个人都有保障。人为损坏不在质保内。"),
        (COAT, "敏感肌请先做测试。非油炸更健康。午后休息一下。周日休息。"),
        (COAT, "16 岁以下暂不能办。满 16 岁即可。"),
        (KETTLE, "请勿明火加热。"),
        (KETTLE, "不支持明火加热，请用电陶炉。"),
        (KETTLE, "明火加热有危险，推荐电陶炉加热。"),
        (KETTLE, "能明火加热吗？不能。"),
        (KETTLE, "加热均匀，泡茶更香。"),
        (MUG, "Microwave safe, but not dishwasher safe."),
        (MUG, "Keep it out of the dishwasher."),
        (MUG, "Is it dishwasher safe? No."),
        (MUG, "It is microwave safe, no worries."),
        (TEA, "首单立减等你来。"),
        (TEA, "人人都爱的肉桂香。"),
        (TEA, "全国包邮（新疆、西藏除外）。"),
        (TEA, "拆封后不可退货。"),
        (OIL, "New customers get a gift."),
        (OIL, "Free shipping, see our terms."),
        (OIL, "Everyone loves olive oil."),
        (RULES, "Sorry, no pets."),
        (RULES, "Breakfast is available for a fee."),
        (RULES, "Closed on Sundays."),
        (SCOOTER, "未成年人请勿驾驶，请提前预约"),
        (SODA, "不含糖，糖果般清新"),
        (FREIGHT, "质量问题退货，运费商家承担；无理由退货，运费买家自付。"),
        (FREIGHT, "安装费我们出"),
        (LAMP, "Return shipping is on the customer."),
        (PRICES, "非会员 129 元，会员 99 元。原价 199 元，早鸟 149 元。70% 棉和 30% 聚酯纤维"),
        (PRICES, "不用排队，周末记得预约"),
        (SHOP, "孕妇禁用。孕妇请遵医嘱。提前 2 天预约，7 天无理由退货，放心退货"),
    ],
)
def test_a_fact_that_is_repeated_or_not_spoken_of_is_right(brief: BriefFacts, text: str) -> None:
    assert codes(text, brief) == []


def test_what_is_blamed_is_the_clause_with_the_fact_that_it_turns_round() -> None:
    assert said("好看耐用，支持明火加热，送礼合适。", KETTLE) == [("contradicts_fact", "支持明火加热")]


@pytest.mark.parametrize(
    ("goal", "audience", "text", "passage"),
    [
        ("让老客户在活动期间下单", "", "桂花开了，让老客户在活动期间下单。", "让老客户在活动期间下单"),
        (
            "more orders from existing customers",
            "",
            "Perfect for orders from existing customers.",
            "orders from existing customers",
        ),
        ("老客复购", "", "老客复购就选它", "老客复购"),
        ("", "二十五到三十五岁职场女性", "献给二十五到三十五岁职场女性", "二十五到三十五岁职场女性"),
    ],
)
def test_a_goal_or_an_audience_is_never_printed(goal: str, audience: str, text: str, passage: str) -> None:
    brief = replace(BriefFacts("茶"), goal=goal, audience=audience)
    assert ("internal_words", passage) in said(text, brief)


def test_what_a_fact_says_as_well_and_short_words_of_an_audience_may_be_printed() -> None:
    facts = (Fact("活动", "老客户在活动期间下单送茶杯"),)
    brief = BriefFacts("茶", facts, goal="让老客户在活动期间下单", audience="爱喝茶的年轻人")
    assert codes("老客户在活动期间下单送茶杯，爱喝茶的年轻人都懂", brief) == []
