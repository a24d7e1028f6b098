"""A sentence becomes the rule that says what it says; what no rule says of it is told."""

import pytest
from django.utils import translation

from apps.marketing.profiles.question_reading import Reading, read_sentence
from apps.marketing.profiles.rules import read_rule
from apps.marketing.profiles.schemas import ProposedCondition
from apps.marketing.profiles.selectors import KnownAttribute

ATTRIBUTES = [
    KnownAttribute("城市", "text", ("上海", "北京", "杭州")),
    KnownAttribute("性别", "text", ("女", "男")),
    KnownAttribute("会员等级", "text", ("金卡", "银卡")),
    KnownAttribute("喜欢", "text", ("乌龙茶", "绿茶")),
    KnownAttribute("年龄", "number"),
    KnownAttribute("累计消费", "number"),
    KnownAttribute("积分", "number"),
    KnownAttribute("注册日期", "day"),
    KnownAttribute("VIP", "truth", ("true", "false")),
]
VALUES = {value: [each.name] for each in ATTRIBUTES if each.kind == "text" for value in each.values}


def read(text: str, *proposed: ProposedCondition) -> Reading:
    return read_sentence(text, proposed, attributes=ATTRIBUTES, values=VALUES, agreed={"email", "sms"})


def words(reading: Reading) -> str:
    with translation.override("en"):
        return read_rule(reading.rule).words() if reading.rule else ""


@pytest.mark.parametrize(
    ("text", "rule", "left_out"),
    [
        (
            "最近30天买过两次以上乌龙茶的上海女性",
            "bought in the last 30 days and 城市 is 上海 and 性别 is 女",
            ["两次以上乌龙茶"],
        ),
        (
            "people in Beijing who opened an e-mail in the last 14 days but bought nothing",
            "城市 is 北京 and opened a message in the last 14 days and not (bought in the last 14 days)",
            ["e-mail"],
        ),
        (
            "30岁以上、累计消费超过1000元的金卡会员",
            "年龄 is at least 30 and 累计消费 is more than 1000 and 会员等级 is 金卡",
            [],
        ),
        (
            "women in Shanghai or Hangzhou between 25 and 35 years old",
            "性别 is 女 and 城市 is one of 上海, 杭州 and 年龄 is at least 25 and 年龄 is at most 35",
            [],
        ),
        ("除了北京和上海以外的银卡会员", "not (城市 is one of 北京, 上海) and 会员等级 is 银卡", []),
        (
            "注册不到三个月，还没有下过单的客户",
            "注册日期 is in the last 90 days and not (bought in the last 3650 days)",
            [],
        ),
        (
            "customers who have never bought and agreed to text",
            "not (bought in the last 3650 days) and agreed to SMS",
            [],
        ),
        (
            "喜欢绿茶或者点击过的女性",
            "(喜欢 is 绿茶 and 性别 is 女) or (clicked in the last 3650 days and 性别 is 女)",
            [],
        ),
        ("最近买过的VIP", "VIP is yes", ["最近买"]),
        ("半年前买过茶的男士", "性别 is 男", ["半年前买过茶"]),
        ("积分大于1万", "积分 is more than 10000", []),
        ("花了500块以上的人", "累计消费 is at least 500", []),
    ],
)
def test_a_sentence_is_read_without_a_model(text: str, rule: str, left_out: list[str]) -> None:
    reading = read(text)

    assert (words(reading), reading.left_out) == (rule, left_out)


def proposed(words: str, about: str, operator: str, *values: str) -> ProposedCondition:
    return ProposedCondition(words=words, about=about, operator=operator, values=list(values))  # type: ignore[arg-type]


def test_a_model_says_whose_number_it_is_and_translates_values() -> None:
    reading = read(
        "people who love green tea with more than 300",
        proposed("love green tea", "喜欢", "=", "绿茶"),
        proposed("more than 300", "积分", ">", "300"),
    )

    assert words(reading) == "喜欢 is 绿茶 and 积分 is more than 300"
    assert reading.translated == [("green tea", "绿茶")]
    assert reading.left_out == []


def test_what_a_model_adds_is_in_no_rule() -> None:
    reading = read(
        "上海的高价值客户",
        proposed("高价值", "累计消费", ">", "1000"),
        proposed("高价值", "会员等级", "=", "金卡"),
        proposed("上海", "城市", "in", "上海", "北京"),
        proposed("高价值", "bought", "within_days", "30"),
    )

    assert words(reading) == "城市 is 上海"
    assert reading.left_out == ["高价值"]


def test_of_two_attributes_with_one_value_the_sentence_or_the_model_says_which() -> None:
    attributes = [KnownAttribute("城市", "text"), KnownAttribute("籍贯", "text")]

    def of_both(text: str, *proposals: ProposedCondition) -> Reading:
        values = {"上海": ["城市", "籍贯"]}
        return read_sentence(text, proposals, attributes=attributes, values=values, agreed=())

    assert words(of_both("籍贯是上海的人")) == "籍贯 is 上海"
    assert words(of_both("上海人", proposed("上海人", "城市", "=", "上海"))) == "城市 is 上海"
    assert of_both("上海人") == Reading({}, ["上海"], [])
