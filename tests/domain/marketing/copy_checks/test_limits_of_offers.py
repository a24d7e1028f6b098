"""Quotas, groups, days and exceptions of an offer: copy that leaves them out or turns them round, and copy that does not."""

import pytest

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import check_copy


def codes(fact: str, text: str) -> list[str]:
    brief = BriefFacts("山房", (Fact("", fact),))
    return [each.code for each in check_copy({"text": text}, channels()["moments"], brief)]


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("前 50 箱买一送一", "现在下单，买一送一。"),
        ("三人成团每人 680 元", "每人 680 元，快来报名。"),
        ("月卡 299 元，限首次办卡", "月卡 299 元，马上来练。"),
        ("First 20 orders get a free lamp", "Order now and get a free lamp."),
        ("$60 per person for groups of four or more", "Join us for just $60."),
    ],
)
def test_a_quota_or_a_group_may_not_be_left_out(fact: str, text: str) -> None:
    assert "condition_left_out" in codes(fact, text)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("除周年庆外不与其他优惠同享", "可与其他优惠同享，随时叠加。"),
        ("坚果过敏者不宜食用", "坚果过敏的朋友也能放心吃。"),
        ("取消须提前 48 小时", "入住前 48 小时内也可取消。"),
        ("双床房每晚 420 元，仅限周日至周四", "双床房每晚 420 元，周末同价。"),
        ("All shades but Ruby are vegan", "All shades are vegan, Ruby included."),
        ("Ships on weekdays only", "We ship every day, weekends included."),
        ("Members only", "Open to non-members, too."),
        ("Weekday massage $70, weekend massage $95", "Massage at $70 this Saturday."),
    ],
)
def test_a_limit_or_an_exception_that_is_turned_round_is_found(fact: str, text: str) -> None:
    assert "contradicts_fact" in codes(fact, text)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("除周年庆外不与其他优惠同享", "周年庆期间可与其他优惠同享。"),
        ("除周年庆外不与其他优惠同享", "除周年庆外，不与其他优惠同享。"),
        ("取消须提前 48 小时", "要取消请提前 48 小时。"),
        ("双床房每晚 420 元，仅限周日至周四", "双床房每晚 420 元，周日至周四可订。"),
        ("前 50 箱买一送一", "前 50 箱买一送一。"),
        (
            "Cancel any time, except in the first three months",
            "Cancel any time after the first three months.",
        ),
        ("All shades but Ruby are vegan", "All shades but Ruby are vegan."),
        ("Weekday massage $70, weekend massage $95", "Massage at $70 on a Tuesday, $95 on Saturdays."),
    ],
)
def test_copy_that_keeps_it_is_left_alone(fact: str, text: str) -> None:
    assert codes(fact, text) == []
