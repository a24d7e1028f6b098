from datetime import date

import pytest

from domain.text.understanding.entities import entities
from domain.text.understanding.products import ProductNames
from domain.text.understanding.sentiment import Sentiment, built_in_examples, next_trend
from domain.text.understanding.urgency import is_urgent

TODAY = date(2026, 3, 5)


def found(text, **options):
    return [(entity.kind, entity.value) for entity in entities(text, today=TODAY, **options)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Where is order A-1029?", "A-1029"),
        ("my order number is 20260112345", "20260112345"),
        ("order no. 48213 has not come", "48213"),
        ("我的订单号是20260112345，到哪了", "20260112345"),
        ("快递单号：SF1234567890123", "SF1234567890123"),
        ("查一下 113542617735902", "113542617735902"),
        ("about #10293", "10293"),
        ("订单号：２０２４１１０５", "20241105"),
    ],
)
def test_order_numbers_are_found(text, number):
    assert ("order_number", number) in found(text)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("订单号 4711 4712", ["4711", "4712"]),
        ("订单号：4711、4712都没到", ["4711", "4712"]),
        ("orders #4711, 4712 & 4713", ["4711", "4712", "4713"]),
        ("My orders are A-1029 and A-1030.", ["A-1029", "A-1030"]),
        ("订单编号：\n4711\n4712", ["4711", "4712"]),
        ("订单 4711 2024年买的", ["4711"]),
        ("订单 4711，13812345678", ["4711"]),
        ("order 4711 and 2 cups", ["4711"]),
        ("order 4711 order 4712", ["4711", "4712"]),
    ],
)
def test_of_several_order_numbers_each_is_found(text, numbers):
    assert [value for kind, value in found(text) if kind == "order_number"] == numbers


@pytest.mark.parametrize(
    "text",
    [
        "order two teas",
        "我的订单2026-02-11下的还没到",
        "订单 1000 块",
        "my order has not arrived",
        "call 13812345678",
        "since 2019",
        "版本 3.11.2",
        "身份证号是110101199003071234",
        "卡号：6222020200112233445",
        "my account number is 6222020200112233445",
    ],
)
def test_other_numbers_are_no_order_numbers(text):
    assert "order_number" not in [kind for kind, _ in found(text)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("it cost ¥1,299.00", "1299.00 CNY"),
        ("花了88块", "88.00 CNY"),
        ("一共199块9", "199.90 CNY"),
        ("优惠3块5毛", "3.50 CNY"),
        ("10块2瓶", "10.00 CNY"),
        ("￥１９９", "199.00 CNY"),
        ("退我 12.5 元", "12.50 CNY"),
        ("I paid $30 for it", "30.00 USD"),
        ("20 euros too much", "20.00 EUR"),
    ],
)
def test_amounts_have_one_spelling(text, amount):
    assert ("amount", amount) in found(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 2026-02-28", "2026-02-28"),
        ("2026年2月8日买的", "2026-02-08"),
        ("3月1号下单", "2026-03-01"),
        ("ordered March 2nd", "2026-03-02"),
        ("the 4th of April 2025", "2025-04-04"),
        ("昨天收到的", "2026-03-04"),
        ("大前天收到的", "2026-03-02"),
        ("大后天要用", "2026-03-08"),
        ("昨晚下单", "2026-03-04"),
        ("三月十二号下单", "2026-03-12"),
        ("the day after tomorrow, please", "2026-03-07"),
    ],
)
def test_dates_become_calendar_days(text, day):
    assert found(text) == [("date", day)]


def test_a_day_that_does_not_exist_is_no_date():
    assert found("2026-02-30") == []


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("two green tea sets and 龙井", [("green tea sets", "Green Tea Set"), ("龙井", "Longjing")]),
        ("我想买绿茶和龙井茶", [("绿茶", "Green tea"), ("龙井", "Longjing")]),
        ("ＧＲＥＥＮ ＴＥＡ！", [("ＧＲＥＥＮ ＴＥＡ", "Green tea")]),
        ("有没有Green Tea卖", [("Green Tea", "Green tea")]),
        ("a greenteapot, a green teapot", []),
        ("evergreen tea", []),
    ],
)
def test_products_are_found_by_each_of_their_names(text, products):
    names = ProductNames.of(["Green tea | 绿茶", "Green Tea Set", "Longjing | 龙井 |", " | "])

    assert list(names.found(text)) == products


def test_a_product_is_one_entity_however_it_is_called():
    names = ProductNames.of(["Green tea | 绿茶"])

    assert found("绿茶 green tea", products=names) == [("product", "Green tea")]


@pytest.mark.parametrize(
    "text",
    [
        "I need this today, ASAP!",
        "很急，请马上处理",
        "尽快发货",
        "the charger caught fire",
        "账户被盗了",
        "孩子喝了上吐下泻",
        "I leave tomorrow",
    ],
)
def test_what_cannot_wait_is_urgent(text):
    assert is_urgent(text)


@pytest.mark.parametrize(
    "text",
    [
        "Do you have green tea?",
        "不着急，慢慢来",
        "it's not urgent",
        "明天几点开门",
        "谢谢",
        "I want it in burnt orange",
        "Is the hospital near your shop?",
        "带漏电保护吗",
        "这个会漏电吗？",
    ],
)
def test_what_can_wait_is_not(text):
    assert not is_urgent(text)


def test_the_built_in_examples_cover_both_languages_evenly():
    examples = built_in_examples()

    for sentiment in Sentiment:
        texts = [text for text, label in examples if label == sentiment]
        chinese = sum(not text.isascii() for text in texts)
        assert len(texts) == 120
        assert 55 <= chinese <= 65


def test_the_trend_falls_with_complaints_and_recovers():
    value = 0.0
    for sentiment in (Sentiment.NEGATIVE, Sentiment.NEGATIVE):
        value = next_trend(value, sentiment)
    assert value < -0.7
    assert next_trend(value, Sentiment.POSITIVE) > value
