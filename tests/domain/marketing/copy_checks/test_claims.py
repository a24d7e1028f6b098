"""Claims that the law bans are found however they are written; the same words meaning something else are not."""

import pytest

from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.claims import INDUSTRIES, banned_claims
from domain.marketing.copy_checks.word_lists import read
from tests.domain.marketing.copy_checks.briefs import TEA, said, violations

PLAIN = BriefFacts("一件商品")
PLAIN_EN = BriefFacts("Ledgerly bookkeeping tool")


def found(text: str, brief: BriefFacts = PLAIN) -> list[tuple[str, str]]:
    return [(each.code, text[slice(*each.span)]) for each in banned_claims(text, brief)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这是最好喝的茶", "最好喝"),
        ("国家级品质", "国家级"),
        ("國家級品質", "國家級"),
        ("最 好 喝", "最 好 喝"),
        ("最\u200b好喝", "最\u200b好喝"),
        ("最\u00ad好喝", "最\u00ad好喝"),
        ("最·好喝", "最·好喝"),
        ("最✨好喝", "最✨好喝"),
        ("全网第　一", "全网第　一"),
        ("蕞好喝", "蕞好喝"),
        ("Ｎｏ．１ 的茶", "Ｎｏ．１"),
        ("第一氨基酸洁面品牌", "第一氨基酸洁面品牌"),
    ],
)
def test_an_absolute_claim_is_found_through_what_hides_it(text: str, words: str) -> None:
    assert found(text) == [("absolute_claim", words)]


@pytest.mark.parametrize(
    "text",
    [
        "最近降温了，第一次喝，第一口是花香，最后一天了",
        "今天最低温度很低，最高的那几天不要出门",
        "你最喜欢哪一种？最爱的还是墨绿",
        "最佳饮用时间见包装，最好在早晚使用，最好趁热喝",
        "没有最好，只有更好；我们希望做最好的茶，但不敢说最香",
        "第一次用这个品牌，第一名和最后一名没有意义",
        "唯一的遗憾是没早点买，这里有国家级非物质文化遗产",
        "历史上最长的一条河，中国茶，中国首都",
        "国家级森林公园里，人人都想睡到天花板上",
        "It is best served cold. Best before May. Best wishes, and do your best.",
        "At its lowest it is warm, the last page is the hardest, this is not the best lamp.",
        "Our best lamp yet. The best way to start is to start.",
        "The first product we ship; the only thing left is sleep.",
    ],
)
def test_words_that_look_dangerous_and_claim_nothing_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The world's best tea", "world's best"),
        ("The world’s best tea", "world’s best"),
        ("Best bookkeeping, simply", "Best bookkeeping"),
        ("The best and only tool", "The best and only tool"),
        ("UNBEATABLE taste", "UNBEATABLE"),
        ("America's #1", "#1"),
    ],
)
def test_english_claims_too(text: str, words: str) -> None:
    assert found(text, PLAIN_EN) == [("absolute_claim", words)]


@pytest.mark.parametrize(
    ("industry", "text", "code"),
    [
        ("food", "常喝降血脂", "food_claim"),
        ("cosmetics", "三天祛斑", "cosmetics_claim"),
        ("health_food", "医生推荐", "health_food_claim"),
        ("finance", "保本保息", "finance_claim"),
        ("education", "包过", "education_claim"),
        ("medical", "一次治愈", "medical_claim"),
        ("", "治疗腰椎病", "medical_claim"),
        ("finance", "Risk-free returns", "finance_claim"),
        ("cosmetics", "It cures acne", "cosmetics_claim"),
    ],
)
def test_each_industry_has_its_own_rules(industry: str, text: str, code: str) -> None:
    brief = BriefFacts("x", industries=(industry,) if industry else ())
    assert [each for each, _ in found(text, brief)] == [code]


@pytest.mark.parametrize(
    ("industry", "text", "words"),
    [
        ("food", "喝了能缓解多年的失眠", "缓解多年的失眠"),
        ("food", "It fights the common cold and colds", "fights the common cold"),
        ("education", "零基础也能轻松一次上岸", "零基础也能轻松一次上岸"),
        ("finance", "收益非常稳", "收益非常稳"),
        ("cosmetics", "痘印全没了", "痘印全没了"),
    ],
)
def test_two_words_in_one_clause_make_a_claim(industry: str, text: str, words: str) -> None:
    assert words in [each for _, each in found(text, BriefFacts("x", industries=(industry,)))]


def test_two_words_of_two_clauses_make_none() -> None:
    assert found("缓解一下心情。失眠的夜里", BriefFacts("x", industries=("food",))) == []
    assert found("It fights waste. Colds are another matter.", BriefFacts("x", industries=("food",))) == []


def test_a_rule_of_another_industry_does_not_hold() -> None:
    assert found("保本经营的小店，祛斑的事不归我们管") == []
    assert found("是否需要治疗，由医师决定", BriefFacts("x", industries=("medical",))) == []


@pytest.mark.parametrize(
    ("industry", "text"),
    [
        ("finance", "它不保本，也不承诺保本保息。Returns are never guaranteed returns."),
        ("health_food", "它不是药，不能治疗疾病，本品不能代替药物治疗"),
        ("education", "我们不包过，不承诺保录取"),
        ("cosmetics", "It is a serum, not a cure."),
    ],
)
def test_what_is_denied_is_not_claimed(industry: str, text: str) -> None:
    assert found(text, BriefFacts("x", industries=(industry,))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("不可错过的顶级好茶", "顶级"),
        ("无法抗拒的顶级美味", "顶级"),
        ("不会后悔的最佳选择", "最佳"),
        ("没有苦味的极品乌龙", "极品"),
        ("No fuss, #1 in town.", "#1"),
        ("No sugar. #1 in town.", "#1"),
        ("Can't miss #1 tea", "#1"),
        ("Not just #1 in town", "#1"),
        ("朂好喝的茶", "朂好喝"),
        ("The world's b\u0435st tea", "world's b\u0435st"),
    ],
)
def test_a_denial_of_something_else_and_look_alikes_hide_no_claim(text: str, words: str) -> None:
    assert ("absolute_claim", words) in said(text)


@pytest.mark.parametrize(
    "text", ["没有所谓的顶级，只有喜欢", "这不是同类的第一品牌", "We are not #1 in town"]
)
def test_a_claim_that_is_denied_with_more_words_is_none(text: str) -> None:
    assert "absolute_claim" not in [code for code, _ in said(text)]


def test_a_violation_says_why_and_by_which_law_in_both_languages() -> None:
    (violation,) = violations("moments", {"text": "这是最好喝的茶"})
    assert violation.severity == "error"
    assert "绝对化" in violation.reason_zh
    assert "superlatives" in violation.reason_en
    assert "广告法" in violation.source
    assert said("绝对好喝", TEA) == [("absolute_claim", "绝对")]
    assert violations("moments", {"text": "绝对好喝"})[0].severity == "warning"


def test_every_claim_has_reasons_and_a_source_and_every_word_is_found() -> None:
    hidden = []
    for row in read("claims")["claims"]:
        assert all((row["reason_zh"], row["reason_en"], row["source"]))
        assert set(row.get("industries", ())) <= set(INDUSTRIES)
        brief = BriefFacts("tea", industries=tuple(row.get("industries", ())))
        for word in row["words"]:
            text = word.replace("{product}", "tea").replace("…", "甲" if not word.isascii() else "one")
            if not banned_claims(f"，{text} 。", brief):
                hidden.append(word)
    assert hidden == []
