"""Briefs and channels of the tests of this folder."""

from collections.abc import Mapping

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import Channel, channels
from domain.marketing.copy_checks.check import Violation, check_copy

TEA = BriefFacts(
    "云栖茶舍 桂花乌龙",
    (
        Fact("净含量", "60 克（3 克 × 20 袋）"),
        Fact("价格", "68 元"),
        Fact("原料", "乌龙茶、桂花"),
        Fact("上市", "2026 年 10 月 8 日"),
        Fact("营业时间", "9:00–20:00"),
        Fact("冲泡", "泡 3 分钟"),
        Fact("认证", "通过 ISO 22000 认证"),
    ),
    industries=("food",),
    links=("https://yunqi.example/tea",),
)
LAMP = BriefFacts(
    "Lumen One desk lamp",
    (
        Fact("price", "$79"),
        Fact("warranty", "2 years"),
        Fact("material", "aluminium"),
        Fact("shipping", "November 12"),
        Fact("integrations", "Stripe and Shopify"),
    ),
)


def channel(key: str) -> Channel:
    return channels()[key]


def violations(key: str, fields: Mapping[str, str], brief: BriefFacts = TEA) -> list[Violation]:
    return check_copy(fields, channel(key), brief)


def said(text: str, brief: BriefFacts = TEA, key: str = "moments") -> list[tuple[str, str]]:
    """(code, words) of all that is wrong with a post."""
    return [(each.code, each.text) for each in violations(key, {"text": text}, brief)]


def codes(text: str, brief: BriefFacts = TEA, key: str = "moments") -> list[str]:
    return [code for code, _ in said(text, brief, key)]
