"""Copy says no fact that the brief does not hold."""

import pytest

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from tests.domain.marketing.copy_checks.briefs import LAMP, TEA, codes, said, violations


@pytest.mark.parametrize(
    "text",
    [
        "一盒 20 袋，每袋3克，净含量 60g，泡三分钟，68 块",
        "¥68，10月8日上市，十月八日见，2026 年的新茶",
        "营业到 20:00，9:00 开门，9:00-20:00",
        "#618 #双11 囤茶，1对1 客服，双12 见，618年中大促，6.18 折扣季，5G 下单",
        "我们一块喝，轻轻一折就开",
        "1. 烧水 2. 放茶 3. 等",
        "回复 1 为您留一盒",
        "第一次喝，喝了一杯又一杯，三五好友，风情万种，百分百用心",
        "通过 ISO 22000 认证",
        "不含枸杞，无添加蜂蜜和菊花",
        "APP 里下单，Wi-Fi 问店员",
    ],
)
def test_what_the_brief_bears_out_is_left_alone(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("一盒 30 袋", "number_not_in_brief", "30 袋"),
        ("每袋 ６０ 毫升", "number_not_in_brief", "６０ 毫升"),
        ("泡五分钟", "number_not_in_brief", "五分钟"),
        ("百年古法", "number_not_in_brief", "百年"),
        ("3000 人在喝", "number_not_in_brief", "3000 人"),
        ("香气提升 40%", "number_not_in_brief", "40%"),
        ("SPF50 的茶", "number_not_in_brief", "SPF50"),
        ("只要 39.9 元", "price_not_in_brief", "只要 39.9 元"),
        ("到手59", "price_not_in_brief", "到手59"),
        ("全场 5 折", "price_not_in_brief", "5 折"),
        ("全场 68 折", "price_not_in_brief", "68 折"),
        ("全场八五折", "price_not_in_brief", "八五折"),
        ("一折起", "price_not_in_brief", "一折"),
        ("第二盒半价", "price_not_in_brief", "半价"),
        ("买一送一", "price_not_in_brief", "买一送一"),
        ("Half price on Sunday", "number_not_in_brief", "Half price"),
        ("Buy two, get one free", "price_not_in_brief", "Buy two, get one free"),
        ("520 元一盒", "price_not_in_brief", "520 元"),
        ("每袋 5g", "number_not_in_brief", "5g"),
        ("百分之九十的人回购", "number_not_in_brief", "百分之九十"),
        ("10 月 1 日上市", "date_not_in_brief", "10 月 1 日"),
        ("开到 22:00", "date_not_in_brief", "22:00"),
        ("荣获金叶奖", "award_not_in_brief", "荣获金叶奖"),
        ("有机认证的茶", "award_not_in_brief", "有机认证"),
        ("加了枸杞", "material_not_in_brief", "枸杞"),
        ("德国工艺烘焙", "origin_not_in_brief", "德国工艺"),
        ("桂花采自桂林", "origin_not_in_brief", "采自桂林"),
        ("和 Starbucks 一样", "name_not_in_brief", "Starbucks"),
        ("「半山」联名款", "name_not_in_brief", "」联名"),
    ],
)
def test_what_the_brief_does_not_hold_is_named(text: str, code: str, words: str) -> None:
    assert (code, words) in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lumen One, $79, 2-year warranty, ships on November 12. Two years, to be exact.",
        "Aluminium, not titanium. Nov. 12, or 12 November. Works with Stripe.",
        "May we suggest it? You may. March on, and decide in a minute.",
        "The First Lamp We Ever Shipped\nOn Monday we rest.",
    ],
)
def test_english_facts_of_the_brief_are_left_alone(text: str) -> None:
    assert codes(text, LAMP) == []


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("Lumen One has a 10-year warranty", "number_not_in_brief", "10-year"),
        ("It saves twelve hours", "number_not_in_brief", "twelve hours"),
        ("Only $69 today", "price_not_in_brief", "$69"),
        ("Ships on October 3", "date_not_in_brief", "October 3"),
        ("See us at 7.30pm", "date_not_in_brief", "7.30pm"),
        ("A titanium arm", "material_not_in_brief", "titanium"),
        ("Made in Denmark", "origin_not_in_brief", "Made in Denmark"),
        ("Swiss precision", "origin_not_in_brief", "Swiss"),
        ("Now works with PayPal", "name_not_in_brief", "PayPal"),
    ],
)
def test_english_facts_of_nobody_are_named(text: str, code: str, words: str) -> None:
    assert (code, words) in said(text, LAMP)


def test_the_figures_of_an_award_are_not_blamed_twice() -> None:
    found = codes("We won the 2024 Golden Lamp Award. Imported light.", LAMP)
    assert found == ["award_not_in_brief"]


def test_an_award_that_the_brief_holds_may_be_spoken_of() -> None:
    brief = BriefFacts("面馆", (Fact("荣誉", "全国面食大赛银奖"),))
    assert codes("获奖的面，全国面食大赛银奖", brief) == []
    assert codes("全国面食大赛金奖", brief) == ["award_not_in_brief"]


def test_what_nobody_can_decide_is_a_warning() -> None:
    by_code = {
        each.code: each.severity for each in violations("moments", {"text": "30 袋，Starbucks 同款，羊毛"})
    }
    assert by_code == {
        "number_not_in_brief": "error",
        "name_not_in_brief": "warning",
        "material_not_in_brief": "error",
    }
    # The brief is Chinese: whether it knows oat milk, nobody can say; 30 grams it does not hold.
    found = violations("x", {"text": "Osmanthus with oat milk, 30 g each"}, TEA)
    assert {each.code: each.severity for each in found} == {
        "number_not_in_brief": "error",
        "material_not_in_brief": "warning",
    }


def test_a_place_is_that_of_the_text_as_it_was_given() -> None:
    text = "好\u200b喝，①盒㎏ 裝，售价 ３９ 元！"
    (violation,) = [
        each for each in violations("moments", {"text": text}) if each.code == "price_not_in_brief"
    ]
    assert text[violation.start : violation.end] == violation.text == "售价 ３９ 元"


def test_an_offer_is_the_same_in_other_words() -> None:
    offer = BriefFacts("岩茶", (Fact("活动", "第二盒半价，其余 8.5 折，买一送一，好评率 98%"),))

    assert codes("八五折，85折，第二盒 5 折，买 1 送 1，百分之九十八的人说好", offer) == []
    assert codes("买二送一", offer) == ["price_not_in_brief"]
    sums = BriefFacts("岩茶", (Fact("活动", "满 300 减 50"),))
    assert codes("Spend ¥300 and get ¥50 off, or ¥50 off orders over ¥300", sums) == []
    assert codes("¥300 off orders over ¥50", sums) == ["price_not_in_brief"]
    for fact in ("半价，买一送一", "5 折，买 1 送 1", "Half price; buy one, get one free"):
        known = BriefFacts("Oolong", (Fact("", fact),))
        assert codes("Half off today, 50% off. BOGO: buy 1 get 1 free.", known) == []
        assert codes("半价，买一送一", known) == []
    turned = BriefFacts("岩茶", (Fact("活动", "满 200 元立减 30 元"),))
    assert (codes("满200减30", turned), codes("满30减200", turned)) == ([], ["price_not_in_brief"])
    assert codes("一罐 2.5千克", BriefFacts("岩茶", (Fact("重量", "2.5 kg"),))) == []
    assert codes("满 8 元 8 折", BriefFacts("岩茶", (Fact("门槛", "满 8 元"),))) == ["price_not_in_brief"]


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("单笔最多优惠 50 元", "至少优惠50元"),
        ("单笔最多优惠 50 元", "优惠50元起"),
        ("48 小时内发货", "48小时后发货"),
        ("up to 5 devices", "At least five devices"),
        ("more than 500 teams", "Less than 500 teams"),
    ],
)
def test_at_most_does_not_become_at_least(fact: str, text: str) -> None:
    assert "bound_not_in_brief" in codes(text, BriefFacts("商品", (Fact("", fact),)))


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("单笔最多优惠 50 元", "最高可省50元，优惠50元"),
        ("48 小时内发货", "两天内发货，48小时就到，2 天以内"),
        ("保质期 3 天", "72 小时"),
        ("需满 16 周岁", "16岁以上，满16岁"),
        ("more than 500 teams", "500+ teams, over 500 teams"),
    ],
)
def test_the_same_limit_in_other_words_is_right(fact: str, text: str) -> None:
    assert codes(text, BriefFacts("商品", (Fact("", fact),))) == []


def test_what_a_shop_promises_stands_in_the_brief() -> None:
    silent = BriefFacts("追野跑鞋", (Fact("颜色", "雪白"),))
    warranty = BriefFacts("追野跑鞋", (Fact("质保", "2 年"), Fact("退换", "7 天可退")))

    assert said("全国包邮，终身质保，假一赔十", brief=silent)[:2] == [
        ("promise_not_in_brief", "包邮"),
        ("promise_not_in_brief", "终身质保"),
    ]
    assert codes("A lifetime warranty and free shipping.", silent) == ["promise_not_in_brief"] * 2
    assert codes("终身质保", warranty) == ["promise_not_in_brief"]
    assert codes("品质保证，买三包更划算，risk-free returns", silent) == []
    assert codes("质保 2 年，支持无理由退换，恕不包邮，Two-year warranty", warranty) == []


def test_a_weekday_is_one_of_those_that_the_brief_names() -> None:
    tuesdays = BriefFacts("茶馆", (Fact("会员日", "每周二 8 折"), Fact("活动", "3 月 7 日")))
    hours = BriefFacts("Tea House", (Fact("hours", "Mon-Fri 9 am to 6 pm"),))
    closed = BriefFacts("展览", (Fact("时间", "10:00–18:00，周一闭馆"),))

    assert said("每周三会员日 8 折", brief=tuesdays) == [("date_not_in_brief", "周三")]
    assert codes("周二会员日 8 折，每周五次上新，周末愉快，3 月 7 日（周六）见，周一不开", tuesdays) == []
    assert codes("See you on Saturday.", hours) == ["date_not_in_brief"]
    assert codes("Closed on Saturdays.", hours) == []
    assert codes("See you on Thursday, or Monday to Friday at 9 am.", hours) == []
    assert codes("周六来看展", closed) == codes("周六来喝茶", BriefFacts("茶馆")) == []


def test_a_term_of_one_is_a_figure() -> None:
    two_years = BriefFacts("台灯", (Fact("质保", "2 年"), Fact("发货", "48 小时内")))
    one = BriefFacts("台灯", (Fact("质保", "12 个月"), Fact("退货", "7 天内"), Fact("trial", "one month")))

    assert said("一年质保，一天内发货，质保一年", brief=two_years) == [
        ("number_not_in_brief", "一年"),
        ("number_not_in_brief", "一天"),
        ("number_not_in_brief", "一年"),
    ]
    assert codes("A one-year warranty, shipped within a week.", two_years) == ["number_not_in_brief"] * 2
    assert codes("一年质保，一周内可退，一个月试用。一天的开始，第一年，一年又一年", one) == []
    assert codes("A one-year warranty and a one-month trial. One day you will see.", one) == []


@pytest.mark.parametrize(
    ("fact", "text", "words"),
    [
        ("满100减20", "满100享20%折扣", ["20%"]),
        ("满100减20", "满100立减20元", []),
        ("三成用户续费", "30%的用户续费", []),
        ("30%的用户续费", "3成用户续费", []),
        ("三成用户续费", "八成用户续费", ["八成"]),
        ("三个工作日内发货", "Ships in three business days", []),
        ("ships within 3 business days", "Ships within 3 days", ["3 days"]),
    ],
)
def test_a_share_is_no_plain_number_and_a_working_day_no_day(fact: str, text: str, words: list[str]) -> None:
    assert [each for _, each in said(text, BriefFacts("茶", (Fact("", fact),)))] == words


def test_figures_whose_order_tells_keep_it() -> None:
    desk = BriefFacts(
        "书桌", (Fact("尺寸", "120×60×75 厘米"), Fact("稀释", "1:50"), Fact("", "毛利由 3% 升至 5%"))
    )

    assert codes("120*60*75cm，按 1:50 稀释，毛利由 3% 升到 5%，桌面 120x60", desk) == []
    assert said("60×120×75 厘米", desk) == [("order_not_in_brief", "60×120×75")]
    assert ("order_not_in_brief", "50:1") in said("按 50:1 稀释", desk)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("9 to 5, Monday to Friday", "Open from 9 am to 5 pm on Mondays"),
        ("10-6 daily", "Open daily from 10 am to 6 pm"),
        ("11:00-22:00", "中午 11 点开门，晚上 10 点关门"),
        ("12月10日至12月12日", "12.10-12.12 见"),
        ("12.10-12.12", "12 月 10 日开始"),
        ("12.5 公斤", "25 斤重"),
        ("5 斤装", "每箱 2.5kg"),
        ("Orders over $50 ship free", "Over $50? Free shipping"),
    ],
)
def test_the_same_time_or_weight_in_another_form_is_right(fact: str, text: str) -> None:
    assert codes(text, BriefFacts("商品", (Fact("", fact),))) == []


@pytest.mark.parametrize(
    ("fact", "text", "code"),
    [
        ("9 to 5, Monday to Friday", "Open until 6 pm", "date_not_in_brief"),
        ("11:00-22:00", "开到 21 点", "number_not_in_brief"),
        ("12.10-12.12", "12 月 13 日开始", "date_not_in_brief"),
        ("2.5-3.5 公斤", "2 月 5 日见", "date_not_in_brief"),
        ("5 斤装", "每箱 5kg", "number_not_in_brief"),
        ("Orders over $50 ship free", "Free shipping under $50", "bound_not_in_brief"),
        ("每人限购 2 件", "全场不限购", "promise_not_in_brief"),
    ],
)
def test_another_time_weight_or_limit_is_named(fact: str, text: str, code: str) -> None:
    assert code in codes(text, BriefFacts("商品", (Fact("", fact),)))


BOUNDS = BriefFacts(
    "Ticket",
    (
        Fact("", "Offer ends on January 31, 2027"),
        Fact("", "最多买 2 张，最长可用 60 天"),
        Fact("", "12 岁以上"),
    ),
)


def test_from_a_day_and_until_it_are_opposites() -> None:
    closing = BriefFacts("Course", (Fact("", "Enrolment closes on March 10"),))
    assert codes("Enrolment opens on March 10.", closing) == ["bound_not_in_brief"]
    for text in ("Offer starts on January 31, 2027.", "每人至少买 2 张", "至少可用 60 天"):
        assert codes(text, BOUNDS) == ["bound_not_in_brief"], text
    for text in ("Sign up by January 31, 2027.", "12 岁以下的孩子暂时不适合", "12 岁以上全价，12 岁以下半日"):
        assert codes(text, BOUNDS) == [], text


def test_what_is_free_or_on_sale_stands_in_the_brief() -> None:
    tea = BriefFacts("青山茶", (Fact("价格", "98 元"), Fact("体验", "到店免费品茶")))
    assert said("免费接送，办卡送茶杯", tea) == [
        ("promise_not_in_brief", "免费接送"),
        ("promise_not_in_brief", "办卡送"),
    ]
    assert codes("Free parking, and a great deal.", tea) == ["promise_not_in_brief"] * 2
    assert codes("免费品一杯茶。A great deal of care, free from worry, goes on sale.", tea) == []
