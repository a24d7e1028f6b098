"""A price that is for some, or for a first order, is given with that, and on no condition that the brief does not have."""

import pytest

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from tests.domain.marketing.copy_checks.briefs import said

FIRST = BriefFacts("青山茶", (Fact("优惠", "首单立减 20 元"), Fact("价格", "98 元")))
FIRST_EN = BriefFacts("Hill tea", (Fact("offer", "$20 off your first order"), Fact("price", "$98")))
MEMBERS = BriefFacts("青山茶", (Fact("会员价", "88 元"), Fact("价格", "98 元（会员 8 折）")))
LEAST = BriefFacts("青山茶", (Fact("配送", "满 99 元包邮"), Fact("优惠", "满 200 元减 30 元")))
LEAST_EN = BriefFacts(
    "Oat bars", (Fact("", "Free shipping on orders over $50"), Fact("", "Subscribers pay $15 per box"))
)
NEW = BriefFacts("Ferry", (Fact("offer", "New customers get 15% off their first order"),))
PLAIN = BriefFacts("青山茶", (Fact("优惠", "立减 20 元"), Fact("价格", "98 元")))


@pytest.mark.parametrize(
    ("text", "brief", "code", "words"),
    [
        ("现在下单立减 20 元！", FIRST, "condition_left_out", "立减 20 元"),
        ("Get $20 off today.", FIRST_EN, "condition_left_out", "$20"),
        ("只要 88 元。", MEMBERS, "condition_left_out", "只要 88 元"),
        ("全场 8 折", MEMBERS, "condition_left_out", "8 折"),
        ("首单立减 20 元！", PLAIN, "condition_not_in_brief", "首单"),
        ("全国包邮，放心下单", LEAST, "condition_left_out", "包邮"),
        ("全场减 30 元", LEAST, "condition_left_out", "30 元"),
        ("Free shipping. Order today.", LEAST_EN, "condition_left_out", "Free shipping"),
        ("A box is yours for $15.", LEAST_EN, "condition_left_out", "$15"),
        ("Get 20 yuan off your first order", PLAIN, "condition_not_in_brief", "first order"),
    ],
)
def test_a_condition_that_was_left_out_or_made_up_is_named(
    text: str, brief: BriefFacts, code: str, words: str
) -> None:
    assert said(text, brief=brief) == [(code, words)]


def test_an_offer_to_new_customers_is_not_made_to_old_ones() -> None:
    text = "Welcome back, existing customers! Enjoy 15% off, not only for new customers."
    assert ("condition_not_in_brief", "existing customers") in said(text, brief=NEW)


@pytest.mark.parametrize(
    ("text", "brief"),
    [
        ("买够 99 元就包邮，满 200 减 30 元", LEAST),
        ("Spend over $50: free shipping. Subscribe and pay $15 a box.", LEAST_EN),
        ("孩子们都爱喝，98 元一盒", PLAIN),
        ("首单立减 20 元，原价 98 元。", FIRST),
        ("新客下单，立减20元。", FIRST),
        ("$20 off for new customers. The price is $98.", FIRST_EN),
        ("会员 88 元，平时 98 元", MEMBERS),
        ("亲爱的会员，98 元到手。老会员都回购，只要 98 元。", PLAIN),
        ("98 元，会员日见", PLAIN),
        ("Members pay £29 a month, £29 per month", BriefFacts("Gym", (Fact("membership", "£29 per month"),))),
        ("98 元带走", BriefFacts("青山茶", (Fact("价格", "会员 88 元，非会员 98 元"),))),
    ],
)
def test_a_condition_in_other_words_or_in_another_sentence_is_said(text: str, brief: BriefFacts) -> None:
    assert said(text, brief=brief) == []
